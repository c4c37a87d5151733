import { intentVerbs } from '../reading/verbs.ts';
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

/**
 * The single orders of an editing instruction: split at sentences, semicolons, and commas or “and” before a verb, never inside quotes.
 * Looks at its first 2,000 characters; the courtesies in front of each order are dropped.
 */
export function editClauses(instruction: string): string[] {
  const [bare, quotes] = hideQuotes(clipped(instruction, 2_000));
  return splitSentences(bare)
    .flatMap((sentence) => sentence.split(/ ?; ?|,? then |,? and then /iu))
    .flatMap(splitAtVerbs)
    .map((clause) =>
      showQuotes(clause.trim().replace(/[.!,]+$/u, ''), quotes)
        .replace(opener, '')
        .trim(),
    )
    .filter((clause) => /[\p{L}\p{N}]/u.test(clause));
}

function splitAtVerbs(sentence: string): string[] {
  const clauses: string[][] = [[]];
  const words = sentence.split(' ');
  for (const [index, word] of words.entries()) {
    const joins =
      word.toLowerCase() === 'and' && isVerb(words.slice(index + 1, index + 4).find((next) => !fillers.has(next.toLowerCase())));
    const follows = words[index - 1]?.endsWith(',') === true && isVerb(word) && (clauses.at(-1)?.length ?? 0) > 0;
    if (joins || follows) clauses.push([]);
    if (!joins) clauses.at(-1)?.push(word);
  }
  return clauses.map((clause) => clause.join(' '));
}

function isVerb(word: string | undefined): boolean {
  return word !== undefined && verbs.has(word.toLowerCase());
}

/** Quoted text becomes the private-use mark `\uE000n\uE000`, so that no rule splits it. */
function hideQuotes(text: string): [string, string[]] {
  const quotes: string[] = [];
  const bare = text.replaceAll('\uE000', '').replace(/"[^"]*"|“[^”]*”|`[^`]*`/gu, (quote) => `\uE000${quotes.push(quote) - 1}\uE000`);
  return [bare, quotes];
}

function showQuotes(text: string, quotes: string[]): string {
  return text.replace(/\uE000(\d{1,4})\uE000/gu, (_mark, index: string) => quotes[Number(index)] ?? '');
}
