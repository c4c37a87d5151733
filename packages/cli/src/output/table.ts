import { oneLine } from './printable.ts';
import type { Paint, Style } from './style.ts';
import { pad, textWidth, truncate } from './text-width.ts';

/** A cell: its text as it came, and how to set it off. */
export type Cell = string | { text: string; paint?: Paint; right?: boolean };

interface TableOptions {
  /** Of the whole table, in columns. The last column gives way. */
  width: number;
  head?: { titles: readonly string[]; paint: Paint };
  /** Spaces before every row. */
  indent?: number;
}

const gap = 2;
const widestColumn = 30;

/** Rows in aligned columns, one line each. Control characters are spelt out; what does not fit is cut off with `…`. */
export function table(rows: readonly (readonly Cell[])[], { width, head, indent = 2 }: TableOptions): string {
  const titles = head ? [head.titles.map((text): Cell => ({ text, paint: head.paint }))] : [];
  const lines = [...titles, ...rows].map((row) => row.map(cleaned));
  const columns = columnWidths(lines, width - indent);
  return lines
    .map((cells) => `${' '.repeat(indent)}${rowText(cells, columns)}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

type Cleaned = Exclude<Cell, string>;

function cleaned(cell: Cell): Cleaned {
  return typeof cell === 'string' ? { text: oneLine(cell) } : { ...cell, text: oneLine(cell.text) };
}

function columnWidths(lines: readonly (readonly Cleaned[])[], width: number): number[] {
  const count = Math.max(0, ...lines.map((cells) => cells.length));
  const widths: number[] = [];
  for (let column = 0; column < count; column += 1) {
    widths.push(Math.max(0, ...lines.map((cells) => textWidth(cells[column]?.text ?? ''))));
  }
  const capped = widths.map((columns, index) => (index === count - 1 ? columns : Math.min(columns, widestColumn)));
  const others = capped.slice(0, -1).reduce((sum, columns) => sum + columns + gap, 0);
  return [...capped.slice(0, -1), Math.max(8, Math.min(capped.at(-1) ?? 0, width - others))];
}

function rowText(cells: readonly Cleaned[], columns: readonly number[]): string {
  return cells
    .map(({ text, paint = (plain) => plain, right }, index) => {
      const shown = truncate(text, columns[index] ?? 0);
      const space = ' '.repeat(Math.max(0, (columns[index] ?? 0) - textWidth(shown)));
      const isLast = index === cells.length - 1;
      return right ? space + paint(shown) : paint(shown) + (isLast ? '' : space);
    })
    .join(' '.repeat(gap));
}

/** A table whose titles stand over their columns as what is below them does. Not indented. */
export function headedTable(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  { width, style }: { width: number; style: Style },
): string {
  const isRight = (column: number) => rows.some((cells) => isRightCell(cells[column]));
  const head = titles.map((text, column): Cell => ({ text, paint: style.dim, right: isRight(column) }));
  return table([head, ...rows], { width, indent: 0 });
}

function isRightCell(cell: Cell | undefined): boolean {
  return typeof cell === 'object' && cell.right === true;
}

/** How many columns a terminal needs for a table that is not indented, so that nothing of its last column is cut off. */
export function tableWidth(rows: readonly (readonly Cell[])[]): number {
  return columnWidths(
    rows.map((row) => row.map(cleaned)),
    Number.POSITIVE_INFINITY,
  ).reduce((sum, columns) => sum + columns + gap, -gap);
}

/** A label in a column of its own before a text: `Run     run_01`. */
export function labelled(label: string, text: string, paint: Paint): string {
  return `${paint(pad(label, 9))}${text}\n`;
}

/** Columns that are left for the last column of an indented table beside its other cells. */
export function roomBeside(rows: readonly (readonly string[])[], width: number): number {
  const columns = Math.max(0, ...rows.map((cells) => cells.length));
  let used = 2;
  for (let column = 0; column < columns; column += 1) used += 2 + Math.max(...rows.map((cells) => textWidth(cells[column] ?? '')));
  return width - used;
}
