/** Stands for the end of a clause among the words of a text. */
export const clauseEnd = '.';

const wordOrEnd = /[\p{L}\p{M}\p{N}_+#]+|[.!?:;,\n。？！：；，、]/gu;
const isWord = /^[\p{L}\p{N}_]/u;

/**
 * The words of a text in small letters, with `clauseEnd` where a clause or line ends. Hyphens and apostrophes part words: `trade`, `off`.
 * Takes time linear in the text.
 */
export function wordsOf(text: string): string[] {
  const found = text.normalize('NFC').toLowerCase().match(wordOrEnd) ?? [];
  return found.map((piece) => (isWord.test(piece) ? piece : clauseEnd));
}
