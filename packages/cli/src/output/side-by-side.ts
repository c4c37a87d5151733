import type { Paint } from './style.ts';
import type { Terminal } from './terminal.ts';
import { pad, truncate } from './text-width.ts';
import { wrapText } from './wrap-text.ts';

/** Two texts under one label. */
export interface Pair {
  label: string;
  left: string;
  right: string;
  paint?: { left: Paint; right: Paint };
}

const gap = 2;
/** Below this, columns would be too narrow to read. */
const narrowest = 64;

/**
 * Pairs in two columns behind their labels, each text wrapped in its own column. A narrow terminal gets them one below the other, with
 * `<` before what is on the left and `>` before what is on the right.
 */
export function sideBySide(pairs: readonly Pair[], { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  const labels = Math.max(...pairs.map(({ label }) => label.length));
  const column = Math.floor((width - labels - 2 * gap) / 2);
  return pairs
    .map((pair) => (width < narrowest ? stacked(pair, { width, style }) : row(pair, { labels, column, dim: style.dim })))
    .join('');
}

interface Columns {
  labels: number;
  column: number;
  dim: Paint;
}

function row({ label, left, right, paint }: Pair, { labels, column, dim }: Columns): string {
  const [before, after] = [wrapText(left, column), wrapText(right, column)];
  let text = '';
  for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
    const one = truncate(before[index] ?? '', column);
    const other = truncate(after[index] ?? '', column);
    const space = ' '.repeat(pad(one, column).length - one.length + gap);
    const painted = `${(paint?.left ?? plain)(one)}${space}${(paint?.right ?? plain)(other)}`;
    text += `${`${dim(pad(index === 0 ? label : '', labels))}${' '.repeat(gap)}${painted}`.trimEnd()}\n`;
  }
  return text;
}

function stacked({ label, left, right, paint }: Pair, { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  const part = (sign: string, text: string, colour: Paint) =>
    wrapText(text, width - 4)
      .map((line, index) => `${`${index === 0 ? `${style.dim(sign)} ` : '  '}  ${colour(truncate(line, width - 4))}`.trimEnd()}\n`)
      .join('');
  const head = label.trim() === '' ? '' : `${style.dim(label)}\n`;
  if (left === right) return head + part('=', left, paint?.left ?? plain);
  return head + part('<', left, paint?.left ?? plain) + part('>', right, paint?.right ?? plain);
}

function plain(text: string): string {
  return text;
}
