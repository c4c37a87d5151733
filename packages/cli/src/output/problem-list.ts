import { join } from 'node:path';
import type { Problem } from '@espalier/core';
import { printable } from './printable.ts';
import { countText } from './quantities.ts';
import { shownPath } from './shown-path.ts';
import type { Terminal } from './terminal.ts';
import { indented, wrapText } from './wrap-text.ts';

/** A problem; one that turned up while modules and expressions were loaded has no place. */
export type ListedProblem = Pick<Problem, 'code' | 'message'> & Partial<Problem>;

interface Place {
  /** The workflow's directory and the current one; absolute. */
  workflow: string;
  current: string;
}

/** Every problem as `file:line:column  code  message`, with what was expected and the nearest name; a blank line between files. */
export function problemList(problems: readonly ListedProblem[], place: Place, { width, style }: Pick<Terminal, 'width' | 'style'>): string {
  let file: string | undefined;
  let text = '';
  for (const problem of problems) {
    if (text !== '' && problem.file !== file) text += '\n';
    file = problem.file;
    const [first = '', ...rest] = wrapText(`${position(problem, place)}  ${problem.code}  ${problem.message}`, width);
    text += `${first.replace(problem.code, style.red(problem.code))}\n${rest.map((line) => `    ${line}\n`).join('')}`;
    text += advice(problem)
      .map((line) => indented(line, 4, width).split('\n').map(style.dim).join('\n'))
      .join('');
  }
  return text;
}

/** `3 problems in 2 files`. */
export function problemCount(problems: readonly ListedProblem[]): string {
  const files = new Set(problems.flatMap((problem) => problem.file ?? [])).size;
  return countText(problems.length, 'problem') + (files > 1 ? ` in ${files} files` : '');
}

function position({ file, line, column }: ListedProblem, { workflow, current }: Place): string {
  const path = printable(shownPath(file === undefined ? workflow : join(workflow, file), current));
  return line === undefined ? path : `${path}:${line}:${column ?? 1}`;
}

function advice({ expected, nearest }: ListedProblem): string[] {
  return [
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(nearest === undefined || nearest === expected ? [] : [`did you mean ${nearest}?`]),
  ];
}
