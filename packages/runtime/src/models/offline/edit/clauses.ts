import { fileNamedIn, orderAbout } from '../reading/file-reference.ts';
import { verbOfGerund } from '../reading/gerunds.ts';
import { hideQuotes, showQuotes } from '../reading/quotes.ts';
import { intentVerbs } from '../reading/verb-table.ts';
import { clipped } from '../text/bounded.ts';
import { splitSentences } from '../text/sentences.ts';

const verbs = new Set([
  ...intentVerbs.edit,
  'make',
  'turn',
  'call',
  'set',
  'put',
  'sort',
  'mention',
  'include',
  'create',
  'summarise',
  'summarize',
]);
const fillers = new Set(['please', 'also', 'then', 'kindly', 'finally']);
const opener =
  /^(?:(?:please|kindly|also|then|now|and|finally|next|can you|could you|would you|i want you to|i would like you to|just) )+/iu;

/** Each order reads the whole document, so their number is bounded; 50 is far more than people give at once. */
const mostOrders = 50;

/** One order of an instruction. */
export interface Clause {
  /** As it was given, without courtesies. */
  said: string;
  /** Without the file that it is about; this is what the editing rules read. */
  order: string;
}

/**
 * The single orders of an editing instruction: split at sentences, semicolons, and commas or “and” before a verb, never inside quotes.
 * Looks at its first 2,000 characters; a clause that only says where to work is dropped unless it is alone; after 50 orders
 * one that no rule understands stands for the rest. `path` is the file edited.
 */
export function editClauses(instruction: string, path?: string): Clause[] {
  const file = path ?? fileNamedIn(instruction);
  const { bare, quotes } = hideQuotes(clipped(listedAsSentences(instruction.slice(0, 4_000)), 2_000));
  const clauses = splitSentences(bare)
    .flatMap((sentence) => sentence.split(/ ?; ?|,? then |,? and then /iu))
    .flatMap(splitAtVerbs)
    .map((clause) => clauseOf(showQuotes(clause.trim().replace(/[.!?,]+$/u, ''), quotes), file))
    .filter(({ said }) => /[\p{L}\p{N}]/u.test(said));
  const orders = clauses.filter(({ order }) => order !== '');
  if (orders.length > mostOrders) return [...orders.slice(0, mostOrders), { said: 'the orders after these', order: '' }];
  return orders.length > 0 ? orders : clauses.map(({ said }) => ({ said, order: said }));
}

function clauseOf(text: string, file: string | undefined): Clause {
  const said = text.replace(opener, '').trim();
  return { said, order: withBaseVerb(orderAbout(orderAbout(said, file).replace(opener, ''), file).trim()) };
}

/** “By adding A and removing B”: the second verb has lost its “by”. */
function withBaseVerb(order: string): string {
  const [first = '', ...rest] = order.split(' ');
  return [verbOfGerund(first) ?? first, ...rest].join(' ');
}

/** The items of a list become clauses, so that each of them is an order. */
function listedAsSentences(text: string): string {
  return text.replace(/[.!]?[ \t]*\r?\n[ \t]*(?:[-*+]|\d{1,3}[.)]) /gu, '; ').replace(/:; /gu, ': ');
}

function splitAtVerbs(sentence: string): string[] {
  const clauses: string[][] = [[]];
  const words = sentence.split(' ');
  let inGerunds = false;
  for (const [index, word] of words.entries()) {
    inGerunds ||= words[index - 1]?.toLowerCase() === 'by' && verbOfGerund(word) !== undefined;
    const opens = (next: string | undefined) => isVerb(next) || (inGerunds && verbOfGerund(next ?? '') !== undefined);
    const joins = word.toLowerCase() === 'and' && opens(words.slice(index + 1, index + 4).find((next) => !fillers.has(next.toLowerCase())));
    const follows = words[index - 1]?.endsWith(',') === true && opens(word) && (clauses.at(-1)?.length ?? 0) > 0;
    if (joins || follows) clauses.push([]);
    if (!joins) clauses.at(-1)?.push(word);
  }
  return clauses.map((clause) => clause.join(' '));
}

function isVerb(word: string | undefined): boolean {
  return word !== undefined && verbs.has(word.toLowerCase());
}
