import { fileNamedIn, withoutPlace } from '../reading/file-reference.ts';
import { intentVerbs } from '../reading/verb-table.ts';
import { commandWords, intentOf } from '../reading/verbs.ts';
import { clipped, oneLine } from '../text/bounded.ts';
import { sentenceCase } from '../text/letter-case.ts';
import { closed, splitSentences } from '../text/sentences.ts';
import { stem } from '../text/words.ts';
import { type DocumentKind, documentKinds } from './kinds.ts';
import { cutAt, namesPeople, splitPoints, withoutArticle, withoutEdges } from './phrases.ts';

/** What a new document should be, read from an instruction. Empty texts and lists mean that the instruction does not say. */
export interface Brief {
  kind: DocumentKind;
  /** The words that name the document: `release note`, `welcome email`. */
  label: string;
  topic: string;
  /** Whether the topic is a whole statement (“the library closes”) instead of a thing. */
  isStatement: boolean;
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
const relativeVerbs = /^(?:explains|describes|covers|announces|introduces|presents|says) /iu;
/** Verbs that name a kind of document by themselves. */
const verbKinds = new Map([
  ['announce', 'announcement'],
  ['invite', 'invitation'],
]);

/** Reads a request for a document. Looks at its first 2,000 characters. */
export function readBrief(instruction: string): Brief {
  const [first = '', ...others] = orderFirst(splitSentences(clipped(instruction, 2_000)));
  const [command = '', ...directives] = clausesOf(withoutPlace(first.replace(/[.!?]+$/u, '')));
  const further = others.flatMap((sentence) => (isDirective(sentence) ? clausesOf(sentence.replace(/[.!]$/u, '')) : []));
  const orders = [...directives, ...further];
  const [asked, sections] = takeSections(withoutSettings(command));
  const subject = tidied(readSubject(asked));
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
  return oneLine(
    command
      .replace(/ (?:in|with|using) an? [\p{L}-]+ (?:tone|style|voice)/iu, '')
      .replace(/ (?:in|of|under|within|with) (?:about |around |at most |under )?\d{1,6} (?:words|sentences|paragraphs|lines)/iu, ''),
  );
}

function takeSections(command: string): [string, string[]] {
  const match = / with (?:the )?(?:following )?(?:sections?|headings?|chapters?)(?: (?:called|named|for|on|titled|about))?:? /iu.exec(
    command,
  );
  if (match === null) return [withoutEdges(command), []];
  return [withoutEdges(command.slice(0, match.index)), splitPoints(command.slice(match.index + match[0].length)).map(unquoted)];
}

type Subject = Pick<Brief, 'kind' | 'label' | 'topic' | 'audience'>;

/** The subject with no commas left at the ends of its phrases. */
function tidied(subject: Subject): Pick<Brief, 'kind' | 'label' | 'topic' | 'audience' | 'isStatement'> {
  const topic = withoutEdges(subject.topic);
  const isStatement = /^that /iu.test(topic);
  return {
    kind: subject.kind,
    label: withoutEdges(subject.label),
    topic: topic.replace(/^that /iu, ''),
    audience: withoutEdges(subject.audience),
    isStatement,
  };
}

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
    : withAudience({ ...named, topic: topicAfter(named.kind, connector, after) });
}

/** “all members to the summer party”. */
function invited(named: Pick<Subject, 'kind' | 'label'>, object: string): Subject {
  const { before, after } = cutAt(object, new Set(['to']));
  return { ...named, audience: before, topic: after };
}

/** “for the sales team about X”, “to Maria”, “for the launch”. */
function addressed(named: Pick<Subject, 'kind' | 'label'>, connector: string, rest: string): Subject {
  const { before, connector: next, after } = cutAt(rest, strong);
  const said = cutAt(rest, new Set(['that']));
  if (said.after !== '' && isStatement(named.kind, said.after)) return { ...named, audience: said.before, topic: `that ${said.after}` };
  if (next !== '') return { ...named, audience: before, topic: after };
  const [first = '', second = ''] = rest.split(/,? for (.+)/iu, 2);
  if (second !== '' && namesPeople(first)) return { ...named, audience: first, topic: second };
  if (second !== '') return withAudience({ ...named, topic: rest });
  const isAudience = namesPeople(rest) || (connector === 'to' && named.kind.letter === true);
  return { ...named, audience: isAudience ? rest : '', topic: isAudience ? '' : rest };
}

function topicAfter(kind: DocumentKind, connector: string, rest: string): string {
  if (connector === 'that' && isStatement(kind, rest)) return `that ${rest}`;
  if (connector === 'that' || connector === 'which') return rest.replace(relativeVerbs, '');
  return ['how', 'why', 'where', 'in', 'from'].includes(connector) ? `${connector} ${rest}` : rest;
}

/** “A notice that the pool closes”, not “a memo that helps newcomers”: what announces says something, or the clause has its own subject. */
function isStatement(kind: DocumentKind, rest: string): boolean {
  const first = rest.split(' ', 1)[0] ?? '';
  if (relativeVerbs.test(`${first} `)) return false;
  return kind.letter === true || kind.names.includes('announcement') || /^(?:an?|the|our|my|your|all|we|you|they|it|there)$/iu.test(first);
}

function withAudience(subject: Omit<Subject, 'audience'>): Subject {
  const { topic } = subject;
  // In a statement “closes for members” belongs to what is said; only a comma sets the readers apart.
  const mark = /^that /iu.test(topic) ? ', ' : ' ';
  const at = Math.max(topic.lastIndexOf(`${mark}for `), topic.lastIndexOf(`${mark}to `));
  const tail = at < 0 ? '' : topic.slice(topic.indexOf(' ', at + mark.length) + 1);
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
