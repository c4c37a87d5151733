import { isStopword } from './stopwords.ts';

// A separator inside a word must be followed by a letter or digit, so there is one way to read any text: linear.
const word = /[\p{L}\p{N}\p{M}]+(?:['’._-][\p{L}\p{N}]+)*/gu;

/** Longer keys add nothing to a comparison and would let one hostile word cost a lot. */
const longestKey = 64;

/** The words of a text as written: letters and digits of any script, with inner apostrophes, hyphens and dots. */
export function wordsOf(text: string): string[] {
  return text.match(word) ?? [];
}

/** The words of a text with the offsets at which they start and end. */
export function placedWords(text: string): { text: string; start: number; end: number }[] {
  return Array.from(text.matchAll(word), (match) => ({ text: match[0], start: match.index, end: match.index + match[0].length }));
}

/** A key under which inflected forms of an English word meet; other scripts are only lower-cased. Not a word itself. */
export function stem(surface: string): string {
  const lower = surface
    .slice(0, longestKey)
    .toLowerCase()
    .replace(/['’]s$/u, '');
  if (lower.length <= 3) return lower;
  return dropFinalE(dropVerbEnding(dropPlural(lower)));
}

/** The stems of the words that carry content, in order, repetitions included. */
export function contentStems(text: string): string[] {
  return wordsOf(text)
    .filter((surface) => !isStopword(surface))
    .map(stem);
}

function dropPlural(text: string): string {
  if (text.endsWith('ies') && text.length > 4) return `${text.slice(0, -3)}y`;
  if (/(?:ss|us|is)$/u.test(text) || !text.endsWith('s')) return text;
  return text.slice(0, -1);
}

function dropVerbEnding(text: string): string {
  const ending = ['ing', 'ed'].find((suffix) => text.endsWith(suffix) && text.length > suffix.length + 2);
  if (ending === undefined) return text;
  const base = text.slice(0, -ending.length);
  return /([bdgmnprt])\1$/u.test(base) ? base.slice(0, -1) : base;
}

function dropFinalE(text: string): string {
  return text.endsWith('e') && text.length > 4 ? text.slice(0, -1) : text;
}
