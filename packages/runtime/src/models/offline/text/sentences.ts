import { proseBlocks } from './blocks.ts';

const abbreviations = new Set('e.g i.e etc vs dr mr mrs ms prof st no fig sec approx inc ltd co jr sr dept est cf al'.split(' '));
const closing = new Set('"\'”’)]»');
const fullWidth = new Set('。！？');
const narrow = new Set('.!?…');

/** The sentences of a Markdown text in order: of its paragraphs and list items, without headings, code and placeholders. */
export function sentencesOf(markdown: string): string[] {
  return proseBlocks(markdown).flatMap(splitSentences);
}

/** The sentences of plain text. One pass; abbreviations, initials and decimals do not end a sentence. */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  let index = 0;
  while (index < text.length) {
    const end = sentenceEnd(text, index);
    if (end > index && endsHere(text, start, index, end)) {
      sentences.push(text.slice(start, end).trim());
      start = end;
    }
    index = Math.max(end, index + 1);
  }
  sentences.push(text.slice(start).trim());
  return sentences.filter((sentence) => sentence !== '');
}

/** The sentence with closing punctuation, so that it can stand before another one. */
export function closed(sentence: string): string {
  return /[.!?…。！？:"”)]$/u.test(sentence) ? sentence : `${sentence}.`;
}

/** The end of the run of terminators (and closing quotes) that starts at `index`, or `index` if none starts there. */
function sentenceEnd(text: string, index: number): number {
  let end = index;
  while (end < text.length && (narrow.has(text.charAt(end)) || fullWidth.has(text.charAt(end)))) end += 1;
  if (end === index) return index;
  while (end < text.length && closing.has(text.charAt(end))) end += 1;
  return end;
}

function endsHere(text: string, start: number, index: number, end: number): boolean {
  if (end >= text.length || fullWidth.has(text.charAt(index))) return true;
  if (!/\s/u.test(text.charAt(end))) return false;
  if (text.charAt(index) !== '.' || end > index + 1) return true;
  return !isAbbreviated(text, start, index) && !/\p{Ll}/u.test(text.charAt(end + 1));
}

function isAbbreviated(text: string, start: number, dot: number): boolean {
  const before = text.slice(Math.max(start, dot - 12), dot);
  const last = before.slice(before.lastIndexOf(' ') + 1).replace(/^[("']/u, '');
  return /^\p{Lu}$/u.test(last) || abbreviations.has(last.toLowerCase());
}
