import { valueChanges } from '@espalier/platform';
import type { ForkEdits } from '../input/fork-edits.ts';
import { oneLine } from './printable.ts';
import type { Terminal } from './terminal.ts';
import { truncate } from './text-width.ts';
import { changeList, shortValue } from './value-change-lines.ts';

const mostChanges = 12;

/** Where a run branched off. */
export function originLine({ run, seq }: { run: string; seq: number }, { style }: Pick<Terminal, 'style'>): string {
  return style.dim(`  forked from ${run} at event ${seq}\n`);
}

/** What a fork does differently from its parent: a mistyped field shows here as a new one. */
export function editLines({ before, edits, parameters }: ForkEdits, { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  const values = edits.map(({ edit, value }) =>
    changeList(valueChanges(before, value), mostChanges, { width, style, indent: 2, whole: `the ${edit}` }),
  );
  const others = parameters.map(({ path, value }) => {
    const line = `= ${oneLine(path)}  ${shortValue(value)}`;
    return `  ${style.yellow(truncate(line, width - 2))}\n`;
  });
  return [...values, ...others].join('');
}
