import { splitPoints } from '../compose/phrases.ts';
import { sentenceCase, titleCase } from '../text/letter-case.ts';
import { contentSections } from '../text/markdown.ts';
import { closed } from '../text/sentences.ts';
import { summarise } from '../text/summary.ts';
import { addSection, appendLines, type Edited, moveSection, removeSection, renameSection, setTitle } from './section-edits.ts';
import { shortenDocument, shortenNamed } from './shorten.ts';
import { removeText, replaceText, tidyWhitespace } from './text-edits.ts';
import { type Tone, withTone } from './tone.ts';

/** One editing rule: the order it understands and what it does. Groups are named; every pattern is anchored and reads a clause of bounded length. */
export interface EditRule {
  name: string;
  order: RegExp;
  apply(document: string, groups: Record<string, string | undefined>): Edited;
}

const toneWords: Record<string, Tone> = {
  formal: 'formal',
  professional: 'formal',
  serious: 'formal',
  polite: 'formal',
  friendly: 'friendly',
  friendlier: 'friendly',
  casual: 'friendly',
  informal: 'friendly',
  conversational: 'friendly',
  warm: 'friendly',
  warmer: 'friendly',
};

/** Tried in order; the first rule whose order fits and that finds something to act on wins. */
export const editRules: readonly EditRule[] = [
  {
    name: 'rename the document',
    order:
      /^(?:change|rename|set|update|replace|make) (?:the |its )?(?:document['’]?s? |main |page )?(?:title|headline)(?: of .{1,80}?)? (?:to|with|as|into) (?<to>.+)$/iu,
    apply: (document, { to }) => setTitle(document, heading(to)),
  },
  {
    name: 'call it',
    order: /^(?:re)?(?:call|title|name) (?:it|this|(?:the|this) (?:document|file))(?: to| as| into)? (?<to>.+)$/iu,
    apply: (document, { to }) => setTitle(document, heading(to)),
  },
  {
    name: 'rename a section',
    order:
      /^(?:rename|retitle|change|call) (?:the )?(?:section |heading )?(?<name>.+?)(?: section| heading)?(?: to| into| as) (?<to>.+)$/iu,
    apply: (document, { name, to }) => renameSection(document, unquoted(name), unquoted(to)),
  },
  {
    name: 'replace a wording',
    order:
      /^(?:replace|change|swap|substitute|update|correct) (?:every |all |the word |the words |the )?(?<from>.+?) (?:with|by|to|for) (?<to>.+)$/iu,
    apply: (document, { from, to }) => replaceText(document, unquoted(from), unquoted(to)),
  },
  {
    name: 'add a summary',
    order:
      /^(?:add|insert|include|put) (?:an? |the )?(?:short |brief |executive )*(?<name>summary|abstract|tl;?dr|overview|conclusion)(?: section)?(?<where> .*)?$/iu,
    apply: (document, { name, where }) => addSummary(document, name ?? 'summary', where ?? ''),
  },
  {
    name: 'add a table of contents',
    order: /^(?:add|insert|include|create) (?:an? |the )?(?:table of contents|toc)(?: .*)?$/iu,
    apply: (document) => {
      const names = contentSections(document).map(({ heading: name }) => `- ${name}`);
      return addSection(document, 'Contents', { body: names, beside: names[0]?.slice(2) ?? '', before: true });
    },
  },
  {
    name: 'add a section beside another',
    order:
      /^(?:add|insert|create|include|write|append|put|make) (?:an? |the |another )?(?:new |short |final )*(?:section|chapter|heading)(?: called| named| titled| about| on| for| covering)? (?<name>.+?) (?<side>before|after|above|below) (?:the )?(?<beside>.+)$/iu,
    apply: (document, { name, side, beside }) => addNamed(document, name, { beside: sectionName(beside), before: isBefore(side) }),
  },
  {
    name: 'add a section',
    order:
      /^(?:add|insert|create|include|write|append|put|make) (?:an? |the |another )?(?:new |short |final )*(?:section|chapter|heading)(?: called| named| titled| about| on| for| covering)?:? (?<name>.+?)(?:,? (?:to|at|in) (?:the )?(?:very )?(?<side>end|bottom|top|start|beginning))?$/iu,
    apply: (document, { name, side }) => addNamed(document, name, edgePlace(document, side)),
  },
  {
    name: 'add list items to a section',
    order:
      /^(?:add|append|insert|include|put) (?:an? |the |another |these |two |three |some )?(?:new )?(?:(?:bullet|point|item|task|step|entry|entries)s?(?: points?)?(?::| about| on| saying| for| called)? )?(?<text>.+) (?:to|under|in|into) (?:the )?(?:section )?(?<name>.+?)(?: section| list)?$/iu,
    apply: (document, { text, name }) => appendLines(document, items(text), sectionName(name)),
  },
  {
    name: 'add a named section',
    order: /^(?:add|insert|create|include|append) (?:an? |the |another )?(?:new |short |final )*(?<name>.+?) (?:section|chapter)$/iu,
    apply: (document, { name }) => addNamed(document, name, {}),
  },
  {
    name: 'remove a section',
    order:
      /^(?:remove|delete|drop|cut) (?:the )?(?:(?:section|chapter|heading) (?:called |named |titled |about |on )?)?(?<name>.+?)(?: section| chapter| heading)?$/iu,
    apply: (document, { name }) => removeSection(document, unquoted(name)),
  },
  {
    name: 'remove a wording',
    order:
      /^(?:remove|delete|drop|cut) (?:the |all |every )?(?:(?:bullet|point|item|line|sentence|paragraph|word|words|phrase|text)s? )?(?:about |saying |on |with )?(?<text>.+)$/iu,
    apply: (document, { text }) => removeText(document, unquoted(text)),
  },
  {
    name: 'move a section',
    order:
      /^(?:move|put) (?:the )?(?:section )?(?<name>.+?)(?: section)? (?:to (?:the )?)?(?<side>before|after|above|below|top|start|beginning|end|bottom)(?: (?:of )?(?:the )?(?<beside>.+))?$/iu,
    apply: (document, { name, side, beside }) =>
      moveSection(document, unquoted(name), { before: isBefore(side), ...(isEdge(side) ? {} : { beside: sectionName(beside) }) }),
  },
  {
    name: 'add list items',
    order:
      /^(?:add|append|insert|include) (?:an? |the |another |these |two |three |some )?(?:new )?(?:bullet|point|item|task|step|entry|entries)s?(?: points?)?(?::| about| on| saying| for)? (?<text>.+)$/iu,
    apply: (document, { text }) => appendLines(document, items(text)),
  },
  {
    name: 'add a sentence',
    order:
      /^(?:add|append|insert|mention|include|say|state|note)(?: an?| the)?(?: short)?(?: (?:sentence|paragraph|note|line|remark))?(?: that| saying| about| on|:)? (?<text>.+)$/iu,
    apply: (document, { text }) => appendLines(document, [closed(sentenceCase(unquoted(text)))]),
  },
  {
    name: 'shorten a section',
    order:
      /^(?:shorten|condense|tighten|trim|abridge|make) (?:the )?(?:section )?(?<name>.+?)(?: section)?(?: (?:shorter|more concise|a bit|a little))*$/iu,
    apply: (document, { name }) => shortenNamed(document, unquoted(name)),
  },
  {
    name: 'shorten',
    order:
      /^(?:(?:shorten|condense|tighten|trim|abridge|cut down|reduce)\b.*|(?:make|keep) (?:it|this|the (?:document|text|draft)|everything) (?:much |a bit |a little |more )?(?:shorter|short|concise|brief|briefer|tighter|crisper)\b.*)$/iu,
    apply: (document) => shortenDocument(document),
  },
  {
    name: 'change the tone',
    order: /^(?:make|turn|rewrite|rephrase|reword|change|use|adjust|set|keep|edit|revise)\b(?<how>.*)$/iu,
    apply: (document, { how }) => applyTone(document, how ?? ''),
  },
  {
    name: 'tidy white space',
    order:
      /^(?:fix|clean|clean up|tidy|tidy up|normalise|normalize|remove|correct|reformat)\b.*\b(?:white ?space|spacing|formatting|layout|blank lines|spaces|format|up)$/iu,
    apply: (document) => tidyWhitespace(document),
  },
];

function addNamed(document: string, name: string | undefined, place: { beside?: string; before?: boolean }): Edited {
  const [title = '', ...rest] = (name ?? '').split(/ (?:with|containing|listing|saying|that says) |: /u);
  const content = rest.join(' ').replace(/^(?:the )?(?:points|bullets|items|text) /iu, '');
  const body = content === '' ? ['_To be filled in._'] : splitPoints(content).map((point) => `- ${unquoted(point)}`);
  return addSection(document, unquoted(title).replace(/^(?:about|on|the) /iu, ''), { ...place, body });
}

/** The end is where sections go by themselves; the start is before the first one below the title. */
function edgePlace(document: string, side: string | undefined): { beside?: string; before?: boolean } {
  const first = contentSections(document)[0]?.heading;
  return isBefore(side) && first !== undefined ? { beside: first, before: true } : {};
}

function addSummary(document: string, name: string, where: string): Edited {
  const first = contentSections(document)[0]?.heading;
  const atEnd = /\b(?:end|bottom)\b/iu.test(where) || name.toLowerCase() === 'conclusion';
  const text = summarise(document);
  if (text === '') return undefined;
  return addSection(document, sentenceCase(name), {
    body: [text],
    ...(atEnd || first === undefined ? {} : { beside: first, before: true }),
  });
}

function applyTone(document: string, how: string): Edited {
  const tone = how
    .toLowerCase()
    .split(/[^a-z]+/u)
    .map((word) => toneWords[word])
    .find((found) => found !== undefined);
  return tone === undefined ? undefined : withTone(document, tone);
}

function items(text: string | undefined): string[] {
  const quoted = /^["“].*["”]$/u.test(text ?? '') && !/["”] ?(?:,|and)/u.test(text ?? '');
  return (quoted ? [text ?? ''] : splitPoints(text ?? '')).map((item) => `- ${unquoted(item)}`);
}

function heading(text: string | undefined): string {
  const bare = unquoted(text);
  return /\p{Lu}/u.test(bare) ? bare : titleCase(bare);
}

function sectionName(text: string | undefined): string {
  return unquoted(text)
    .replace(/^the /iu, '')
    .replace(/ (?:section|chapter|heading|list)$/iu, '');
}

function unquoted(text: string | undefined): string {
  return (text ?? '')
    .trim()
    .replace(/^["“`']|["”`']$/gu, '')
    .trim();
}

function isBefore(side: string | undefined): boolean {
  return ['before', 'above', 'top', 'start', 'beginning'].includes((side ?? '').toLowerCase());
}

function isEdge(side: string | undefined): boolean {
  return ['top', 'start', 'beginning', 'end', 'bottom'].includes((side ?? '').toLowerCase());
}
