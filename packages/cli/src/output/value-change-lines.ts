import type { Json } from '@espalier/core';
import type { ValueChange } from '@espalier/platform';
import { oneLine } from './printable.ts';
import type { Paint, Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { textWidth, truncate } from './text-width.ts';

interface ChangeLayout extends Pick<Terminal, 'width' | 'style'> {
  /** Columns before every line. */
  indent: number;
  /** What stands for the path of a whole value. */
  whole: string;
}

/** How much of what two texts have in common is shown beside where they differ. */
const surroundings = 16;
const longestValue = 2000;

/** What became of a value: on one line if there is room, else the value before and the value after on lines of their own. */
export function valueChangeLines(change: ValueChange, { width, style, indent, whole }: ChangeLayout): string {
  const { symbol, paint } = markOf(change, style);
  const margin = ' '.repeat(indent);
  const head = `${symbol} ${oneLine(change.path === '' ? whole : change.path)}`;
  const [before, after] = texts(change);
  const values = [before, after].filter((text) => text !== undefined);
  const room = width - indent - textWidth(head) - 2;
  const inline = values.join(' → ');
  if (textWidth(inline) <= room) return `${margin}${paint(head)}  ${inline}\n`;
  if (values.length === 1 && room >= 20) return `${margin}${paint(head)}  ${truncate(inline, room)}\n`;
  const line = (sign: string, text: string | undefined, colour: Paint) =>
    text === undefined ? '' : `${margin}    ${colour(`${sign} ${truncate(text, width - indent - 6)}`)}\n`;
  return `${margin}${paint(truncate(head, width - indent))}\n${line('-', before, style.red)}${line('+', after, style.green)}`;
}

/** The lines of the first changes, and how many were left out. */
export function changeList(changes: readonly ValueChange[], most: number, layout: ChangeLayout): string {
  const lines = changes.slice(0, most).map((change) => valueChangeLines(change, layout));
  const more = changes.length - most;
  const note = more > 0 ? `${' '.repeat(layout.indent)}${layout.style.dim(`… ${more} more: see --json`)}\n` : '';
  return lines.join('') + note;
}

/** A value as JSON on one line. */
export function shortValue(value: Json): string {
  return oneLine(JSON.stringify(value).slice(0, longestValue));
}

function markOf({ op }: ValueChange, style: Style): { symbol: string; paint: Paint } {
  return {
    add: { symbol: '+', paint: style.green },
    remove: { symbol: '-', paint: style.red },
    replace: { symbol: '~', paint: style.yellow },
  }[op];
}

function texts(change: ValueChange): [string | undefined, string | undefined] {
  if (change.op === 'add') return [undefined, shortValue(change.after)];
  if (change.op === 'remove') return [shortValue(change.before), undefined];
  const { before, after } = change;
  if (typeof before !== 'string' || typeof after !== 'string') return [shortValue(before), shortValue(after)];
  const from = Math.max(0, commonBeginning(before, after) - surroundings);
  const cut = (text: string) => `${from > 0 ? '…' : ''}${shortValue(text.slice(from))}`;
  return [cut(before), cut(after)];
}

function commonBeginning(one: string, other: string): number {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1;
  return length;
}
