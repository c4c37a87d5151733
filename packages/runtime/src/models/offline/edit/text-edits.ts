import { listItems } from '../text/blocks.ts';
import { contentStems } from '../text/words.ts';
import type { Edited } from './section-edits.ts';

/** Replaces every occurrence of a wording as whole words, in its exact case or else in any; undefined if it does not occur. */
export function replaceText(document: string, from: string, to: string): Edited {
  if (from === '') return undefined;
  const flags = ['gu', 'giu'].find((candidate) => wholeWords(from, candidate).test(document));
  return flags === undefined ? undefined : document.replace(wholeWords(from, flags), () => to);
}

/** Removes the list item that contains a wording, or else the wording itself; undefined if it does not occur. */
export function removeText(document: string, text: string): Edited {
  const wanted = text.toLowerCase();
  if (contentStems(wanted).length === 0) return undefined;
  const item = listItems(document).find((line) => line.toLowerCase().includes(wanted));
  if (item === undefined) return replaceText(document, text, '');
  const lines = document.split('\n');
  const index = lines.findIndex((line) => /^\s*(?:[-*+]|\d{1,9}[.)]) /u.test(line) && line.toLowerCase().includes(wanted));
  return index < 0 ? undefined : lines.toSpliced(index, 1).join('\n');
}

/** No white space at line ends, single spaces inside prose lines, at most one blank line in a row, one line end at the end. Code is kept. */
export function tidyWhitespace(document: string): string {
  const lines: string[] = [];
  let fenced = false;
  for (const line of document.split('\n')) {
    if (/^ {0,3}(?:```|~~~)/u.test(line)) fenced = !fenced;
    const indent = line.length - line.trimStart().length;
    const tidy = fenced ? line : line.slice(0, indent) + line.trim().replace(/ {2,}/gu, ' ');
    const isBlank = tidy.trim() === '';
    if (fenced || !isBlank || lines.at(-1) !== '') lines.push(isBlank && !fenced ? '' : tidy);
  }
  return `${lines.join('\n').trim()}\n`;
}

function wholeWords(wording: string, flags: string): RegExp {
  const inside = '[\\p{L}\\p{N}]';
  const before = /^[\p{L}\p{N}]/u.test(wording) ? `(?<!${inside})` : '';
  const after = /[\p{L}\p{N}]$/u.test(wording) ? `(?!${inside})` : '';
  return new RegExp(`${before}${escaped(wording)}${after}`, flags);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/gu, '\\$&');
}
