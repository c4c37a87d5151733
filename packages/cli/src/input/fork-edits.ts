import { EspalierError, type Json, type ParameterEdit } from '@espalier/core';
import { type RunReport, seqOf, stateAt, type ValueEdit } from '@espalier/platform';
import { changeValue } from './change-value.ts';
import { readValue } from './read-value.ts';

/** What a fork does differently, as typed. */
export interface EditChoice {
  at: string;
  task: string;
  input?: string;
  output?: string;
  change?: string[];
  set?: string[];
}

/** Where a fork branches off, and what is another there. */
export interface ForkEdits {
  seq: number;
  /** What the edited task has there, before it is edited. */
  before: Json;
  edits: ValueEdit[];
  parameters: ParameterEdit[];
}

/** @param directory where relative paths begin. @throws EspalierError `usage.invalid`, `input.invalid`. */
export async function readForkEdits(report: RunReport, choice: EditChoice, directory: string): Promise<ForkEdits> {
  const { at, task, input, output, change = [], set = [] } = choice;
  if (change.length > 0 && output !== undefined) {
    throw new EspalierError('usage.invalid', '--change changes fields of what there was, --output replaces it: leave one out.');
  }
  const seq = seqOf(report, at);
  const before = stateAt(report, seq).state.tasks[task]?.value ?? null;
  const edits: ValueEdit[] = [];
  if (output !== undefined) edits.push({ edit: 'output', task, value: await readValue(output, directory) });
  if (change.length > 0) {
    const value = change.map(pairOf).reduce((now, { path, value: member }) => changeValue(now, path, member), before);
    edits.push({ edit: 'output', task, value });
  }
  if (input !== undefined) edits.push({ edit: 'input', task, value: await readValue(input, directory) });
  return { seq, before, edits, parameters: set.map(pairOf) };
}

/** `path=value`; the value is JSON if it can be read as that, else text. */
function pairOf(text: string): ParameterEdit {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) {
    throw new EspalierError('usage.invalid', `${text}: expected name=value, such as nodes.draft.timeout=5s or /title=Pears.`);
  }
  try {
    return { path, value: JSON.parse(value) as Json };
  } catch {
    return { path, value };
  }
}
