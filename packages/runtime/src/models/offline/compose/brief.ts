import { fileNamedIn } from '../reading/material.ts';
import { commandWords, intentOf, intentVerbs } from '../reading/verbs.ts';
import { clipped, oneLine } from '../text/bounded.ts';
import { sentenceCase } from '../text/letter-case.ts';
import { closed, splitSentences } from '../text/sentences.ts';
import { stem } from '../text/words.ts';
import { type DocumentKind, documentKinds } from './kinds.ts';
import { cutAt, namesPeople, splitPoints, withoutArticle } from './phrases.ts';

/** What a new document should be, read from an instruction. Empty texts and lists mean that the instruction does not say. */
export interface Brief {
  kind: DocumentKind;
  /** The words that name the document: `release note`, `welcome email`. */
  label: string;
  topic: string;
  audience: string;
  /** A title that the instruction dictates. */
  title: string;
  points: string[];
  /** Sections that the instruction dictates. */
  sections: string[];
  /** Further sentences of the instruction, verbatim. */
  facts: string[];
}

const subjectWords =
  'about regarding concerning covering announcing describing explaining introducing presenting comparing celebrating'.split(' ');
const strong = new Set(subjectWords);
const connectors = new Set([...subjectWords, ...'on of for to with that which how why where from in'.split(' ')]);
const manner = new Set(
  'short brief quick concise long detailed formal friendly casual professional simple new nice good first one-page warm polite'.split(' '),
);
/** Verbs that name a kind of document by themselves. */
const verbKinds = new Map([
  ['announce', 'announcement'],
  ['invite', 'invitation'],
]);

/** Reads a request for a document. Looks at its first 2,000 characters. */
export function readBrief(instruction: string): Brief {
  const [first = '', ...others] = orderFirst(splitSentences(clipped(instruction, 2_000)));
  const [command = '', ...directives] = clausesOf(first.replace(/[.!?]+$/u, ''));
  const further = others.flatMap((sentence) => (isDirective(sentence) ? clausesOf(sentence.replace(/[.!]$/u, '')) : []));
  const orders = [...directives, ...further];
  const [asked, sections] = takeSections(withoutSettings(command));
  const subject = readSubject(asked);
  return {
    ...subject,
    title: unquoted(orderedText(orders, /^(?:call|title|name) it |^(?:titled|called|entitled) /iu)[0] ?? ''),
    points: [
      ...splitPoints(subject.topic),
      ...orderedText(orders, /^(?:mention|include|including|mentioning|cover) /iu).flatMap(splitPoints),
    ],
    sections,
    facts: others.filter((sentence) => !isDirective(sentence)).map(closed),
  };
}

const directive =
  /^(?:please )?(?:save|store|put|keep|make it|use|mention|mentioning|include|including|cover|call it|title it|name it|titled|called|entitled) /iu;

/** “The lift is broken, write a notice”: the order comes first, what precedes it is a fact. */
function orderFirst([first = '', ...others]: string[]): string[] {
  const parts = first.split(', ');
  const at = parts.findIndex((part) => intentOf(part) === 'create');
  if (at <= 0 || intentOf(first) !== undefined) return [first, ...others];
  return [parts.slice(at).join(', '), sentenceCase(parts.slice(0, at).join(', ')), ...others];
}

function isDirective(clause: string): boolean {
  return directive.test(clause);
}

function clausesOf(sentence: string): string[] {
  return sentence
    .split(
      /,? (?:and |then |but )?(?=(?:save|store|put|keep|make it|use a|mention|include|call it|title it|name it|titled|called|entitled) )/iu,
    )
    .map((clause) => clause.trim());
}

function orderedText(orders: string[], opening: RegExp): string[] {
  return orders.filter((order) => opening.test(order)).map((order) => order.replace(opening, ''));
}

/** Removes tone, length and target file: they are settings, not the subject. */
function withoutSettings(command: string): string {
  const file = fileNamedIn(command);
  const bare = file === undefined ? command : command.split(file).join('\uE000');
  return oneLine(
    bare
      .replace(/ (?:in|with|using) an? [\p{L}-]+ (?:tone|style|voice)/iu, '')
      .replace(/ (?:in|of|under|within|with) (?:about |around |at most |under )?\d{1,6} (?:words|sentences|paragraphs|lines)/iu, '')
      .replace(/ (?:in|into|to|as|at|named|called)(?: (?:a|the) file)?(?: (?:called|named))? ["'`]?\uE000["'`]?/u, '')
      .replaceAll('\uE000', file ?? ''),
  );
}

function takeSections(command: string): [string, string[]] {
  const match = / with (?:the )?(?:following )?(?:sections?|headings?|chapters?)(?: (?:called|named|for|on|titled|about))?:? /iu.exec(
    command,
  );
  if (match === null) return [command, []];
  return [command.slice(0, match.index), splitPoints(command.slice(match.index + match[0].length)).map(unquoted)];
}

type Subject = Pick<Brief, 'kind' | 'label' | 'topic' | 'audience'>;

function readSubject(command: string): Subject {
  const [verb = ''] = commandWords(command);
  const commanded = intentVerbs.create.includes(verb);
  const start = command.toLowerCase().indexOf(verb) + (commanded ? verb.length : 0);
  const object = command
    .slice(start)
    .trim()
    .replace(/^(?:me|us|up|out|down) /iu, '');
  const { before, connector, after } = cutAt(object, connectors);
  const label = plainLabel(before);
  const kind = kindNamed(verbKinds.get(verb) ?? label);
  const opensWithQuestion = ['how', 'why', 'where'].includes(connector);
  if (label === '' && opensWithQuestion) return { ...unnamed(`${connector} ${after}`), audience: '' };
  if (kind === undefined && (!commanded || verbKinds.has(verb) || connector === '')) return withAudience(unnamed(object));
  const named = { kind: kind ?? genericKind(), label: verbKinds.get(verb) ?? (label || nameOf(kind)) };
  if (verb === 'invite') return invited(named, object);
  if (verbKinds.has(verb)) return withAudience({ ...named, topic: object });
  return connector === 'for' || connector === 'to'
    ? addressed(named, connector, after)
    : withAudience({ ...named, topic: topicAfter(connector, after) });
}

/** “all members to the summer party”. */
function invited(named: Pick<Subject, 'kind' | 'label'>, object: string): Subject {
  const { before, after } = cutAt(object, new Set(['to']));
  return { ...named, audience: before, topic: after };
}

/** “for the sales team about X”, “to Maria”, “for the launch”. */
function addressed(named: Pick<Subject, 'kind' | 'label'>, connector: string, rest: string): Subject {
  const { before, connector: next, after } = cutAt(rest, strong);
  if (next !== '') return { ...named, audience: before, topic: after };
  const isAudience = namesPeople(rest) || (connector === 'to' && named.kind.letter === true);
  return { ...named, audience: isAudience ? rest : '', topic: isAudience ? '' : rest };
}

function topicAfter(connector: string, rest: string): string {
  if (connector === 'that' || connector === 'which')
    return rest.replace(/^(?:explains|describes|covers|announces|introduces|presents|says) /iu, '');
  return ['how', 'why', 'where', 'in', 'from'].includes(connector) ? `${connector} ${rest}` : rest;
}

function withAudience(subject: Omit<Subject, 'audience'>): Subject {
  const { topic } = subject;
  const at = Math.max(topic.lastIndexOf(' for '), topic.lastIndexOf(' to '));
  const tail = at < 0 ? '' : topic.slice(topic.indexOf(' ', at + 1) + 1);
  return tail !== '' && namesPeople(tail) ? { ...subject, topic: topic.slice(0, at), audience: tail } : { ...subject, audience: '' };
}

function unnamed(topic: string): Omit<Subject, 'audience'> {
  const kind = /^how(?: |-)to /iu.test(topic) ? (kindNamed('how-to') ?? genericKind()) : genericKind();
  return { kind, label: '', topic };
}

function plainLabel(text: string): string {
  if (fileNamedIn(text) !== undefined) return '';
  const words = withoutArticle(text).split(' ');
  const start = words.findIndex((word) => !manner.has(word.toLowerCase().replace(/,$/u, '')) && word.toLowerCase() !== 'and');
  return start < 0 ? '' : words.slice(start).join(' ');
}

/** The kind whose longest name ends the label, else is inside it. */
function kindNamed(label: string): DocumentKind | undefined {
  const wanted = ` ${stems(label)}`;
  const names = documentKinds.flatMap((kind) => kind.names.map((name) => ({ kind, name: ` ${stems(name)}` })));
  names.sort((left, right) => right.name.length - left.name.length);
  return (names.find(({ name }) => wanted.endsWith(name)) ?? names.find(({ name }) => `${wanted} `.includes(`${name} `)))?.kind;
}

function stems(text: string): string {
  return text.toLowerCase().split(' ').map(stem).join(' ');
}

function genericKind(): DocumentKind {
  return documentKinds.at(-1) ?? { names: [], title: 'topic', sections: [] };
}

function nameOf(kind: DocumentKind | undefined): string {
  return kind?.names[0] ?? '';
}

function unquoted(text: string): string {
  return text.trim().replace(/^["“'‘]|["”'’]$/gu, '');
}
