import { printable } from './printable.ts';
import { textWidth } from './text-width.ts';

/** Lines of at most `width` columns, broken at spaces; a word that is longer has a line of its own. Control characters are spelt out. */
export function wrapText(text: string, width: number): string[] {
  return printable(text)
    .split('\n')
    .flatMap((line) => wrapLine(line, width));
}

/** Wrapped lines, each behind `indent` columns, with a line end. */
export function indented(text: string, indent: number, width: number): string {
  const margin = ' '.repeat(indent);
  return wrapText(text, Math.max(20, width - indent))
    .map((line) => (line === '' ? '\n' : `${margin}${line}\n`))
    .join('');
}

function wrapLine(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const hanging = /^ *(?:- )?/.exec(line)?.[0].length ?? 0;
  const margin = ' '.repeat(Math.min(hanging, 20));
  const lines: string[] = [];
  let current = line.slice(0, hanging);
  let isEmpty = true;
  for (const word of line.slice(hanging).split(' ')) {
    if (!isEmpty && textWidth(current) + 1 + textWidth(word) > width) {
      lines.push(current);
      current = margin + word;
    } else current += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, current];
}
