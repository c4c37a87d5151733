import { verbOfGerund } from './gerunds.ts';
import { hideQuotes } from './quotes.ts';
import { courtesy, intentVerbs, partsOfDocuments } from './verb-table.ts';

/** A place in an instruction that speaks of a file, or of “the document”. */
export interface Mention {
  /** Absent for “the document” and the like. */
  path: string | undefined;
  /** `frame`: says only where to work (“In plan.md,”, “Open plan.md and”). `placed`: after a preposition. `object`: of a verb. */
  role: 'frame' | 'placed' | 'object' | 'passing';
  /** The words that the mention covers, preposition included: from `start` up to `end`. */
  start: number;
  end: number;
  /** The punctuation that follows. */
  tail: string;
  possessive: boolean;
  quoted: boolean;
  /** A preposition that speaks of a place only, or a place at the end of the order. */
  certain: boolean;
}

interface Token extends Pick<Mention, 'path' | 'tail' | 'possessive' | 'quoted'> {
  /** The first word of the noun phrase: of “the file called plan.md”, `the`. */
  first: number;
  at: number;
}

const insides = new Set('in inside within of'.split(' '));
const places = new Set([...insides, ...'to into from at as on for under called named'.split(' ')]);
const leading = new Set('in inside within for on at'.split(' '));
const articles = new Set('the a an this my our your'.split(' '));
const nouns = new Set('file document page draft'.split(' '));
const openers = new Set('open edit update change revise modify amend load take see visit extend improve'.split(' '));
const swaps = new Set('replace swap substitute correct change update rename retitle call title name turn convert'.split(' '));
const verbs = new Set([...Object.values(intentVerbs).flat(), ...openers, ...swaps, 'turn', 'save', 'store', 'put', 'include', 'mention']);

/** The words of a text on one line, its quotes hidden, and the mentions in it, in order and not overlapping. Time is linear. */
export function mentionsIn(line: string): { words: string[]; quotes: string[]; mentions: Mention[] } {
  const { bare, quotes } = hideQuotes(line);
  const words = bare.split(' ');
  const mentions: Mention[] = [];
  let verb = '';
  for (const [at, word] of words.entries()) {
    const token = tokenAt(words, at, quotes);
    if (token !== undefined) {
      // “the file plan.md” is one mention, not two.
      if ((mentions.at(-1)?.end ?? 0) > token.first) mentions.pop();
      mentions.push(mentionOf(words, token, { verb, from: mentions.at(-1)?.end ?? 0 }));
    }
    const plain = word.toLowerCase();
    verb = verbs.has(plain) ? plain : (verbOfGerund(plain) ?? verb);
  }
  return { words, quotes, mentions };
}

function tokenAt(words: readonly string[], at: number, quotes: readonly string[]): Token | undefined {
  const [, shown = '', tail = ''] = /^(.{1,220}?)([.,;:!?]{0,3})$/u.exec(words[at] ?? '') ?? [];
  const hidden = /^\uE000(\d{1,4})\uE000$/u.exec(shown)?.[1];
  const text = hidden === undefined ? shown : (quotes[Number(hidden)] ?? '').slice(1, -1);
  const possessive = /['’]s$/u.test(text);
  const path = text.replace(/['’]s$/u, '').replace(/^[('‘]|[)'’]$/gu, '');
  const quoted = hidden !== undefined || /^['‘]/u.test(text);
  const rest = { at, tail: tail.replace(/\./gu, ''), possessive, quoted };
  if (path.length <= 200 && /^[\p{L}\p{N}._/-]+\.(?:md|markdown|txt|mdx|rst)$/iu.test(path))
    return { ...rest, path, first: nounStart(words, at) };
  const isDocument = hidden === undefined && nouns.has(path.toLowerCase()) && articles.has(lower(words, at - 1));
  const isPointer = hidden === undefined && path.toLowerCase() === 'it';
  return isDocument || isPointer ? { ...rest, path: undefined, first: isDocument ? at - 1 : at } : undefined;
}

/** Where the noun phrase begins that a file name ends: “the file plan.md”, “a document called plan.md”. */
function nounStart(words: readonly string[], at: number): number {
  const called = ['called', 'named'].includes(lower(words, at - 1)) ? 1 : 0;
  if (!nouns.has(lower(words, at - 1 - called))) return at;
  return at - 1 - called - (articles.has(lower(words, at - 2 - called)) ? 1 : 0);
}

function mentionOf(words: readonly string[], token: Token, { verb, from }: { verb: string; from: number }): Mention {
  const before = words.slice(from, token.first).map((word) => word.toLowerCase());
  const opening = before.length <= 8 && before.slice(0, -1).every((word) => courtesy.has(word.replace(/,$/u, '')));
  const previous = before.at(-1) ?? '';
  const base = { ...token, start: token.first, end: token.at + 1, certain: true };
  if (token.first === 0 && /[,:]$/u.test(token.tail) && token.path !== undefined) return { ...base, role: 'frame', tail: '' };
  const framed = opening ? frameEnd(words, token, previous) : undefined;
  if (framed !== undefined) return { ...base, role: 'frame', start: token.first - 1, end: framed, tail: '' };
  if (isPlace(before, token, verb)) {
    const certain = insides.has(previous) || token.at + 1 === words.length || token.tail !== '';
    return { ...base, role: 'placed', start: token.first - 1, certain };
  }
  const isObject = token.path !== undefined && verbs.has(previous) && !token.quoted && !isSwapped(words, token, previous);
  return { ...base, role: token.path !== undefined && (isObject || token.possessive) ? 'object' : 'passing' };
}

/** Where the order itself begins after “In plan.md,” or “Open plan.md and”; undefined if this is no such frame. */
function frameEnd(words: readonly string[], { at, tail, possessive }: Token, previous: string): number | undefined {
  const next = lower(words, at + 1);
  if (possessive) return undefined;
  if (leading.has(previous)) return at + 1;
  if (!openers.has(previous)) return undefined;
  if (/[,;:]$/u.test(tail)) return ['and', 'then'].includes(next) ? at + 2 : at + 1;
  if (next === '' || next === 'by') return at + 1;
  if (next === 'and') return at + (lower(words, at + 2) === 'then' ? 3 : 2);
  return next === 'then' || (next === 'to' && verbs.has(lower(words, at + 2))) ? at + 2 : undefined;
}

/** “Rename Stalls to plan.md” and “Add a section called plan.md” give a name; they do not say where. */
function isPlace(before: readonly string[], { path, possessive, tail, at }: Token, verb: string): boolean {
  const previous = before.at(-1) ?? '';
  if (!places.has(previous) || possessive || at === 0) return false;
  if (path === undefined && !insides.has(previous) && !(['to', 'into', 'from'].includes(previous) && tail !== ',')) return false;
  if (['called', 'named'].includes(previous)) return !partsOfDocuments.has(before.at(-2) ?? '');
  return insides.has(previous) || !swaps.has(verb) || before.at(-2) === 'it';
}

/** “Replace a.md with b.md” speaks of two wordings. */
function isSwapped(words: readonly string[], { at }: Token, verb: string): boolean {
  if (!swaps.has(verb) || !['to', 'with', 'by', 'into', 'for', 'as'].includes(lower(words, at + 1))) return false;
  return !['rename', 'retitle'].includes(verb) || /\.\p{L}{2,8}[.,;!?]?$/u.test(words[at + 2] ?? '');
}

function lower(words: readonly string[], at: number): string {
  return words[at]?.toLowerCase() ?? '';
}
