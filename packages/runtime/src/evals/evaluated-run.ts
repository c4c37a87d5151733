import type { Json, Outcome } from '@espalier/core';
import type { CaseResult } from '../ports/evaluation-store.ts';
import type { RunResult } from '../run/run-result.ts';

/** A run that has ended, as assertions see it. */
export interface EvaluatedRun {
  run: string;
  input: Json;
  output: Json;
  outcome: Outcome | undefined;
  ending: NonNullable<CaseResult['ending']>;
  exit: string | undefined;
  reason: string | undefined;
  /** Absolute path of the directory that its file tools worked in. */
  workspace: string;
}

/** How a run ended in one word; `blocked`: its root task reached no exit (S2). */
export function endingOf({ status, outcome, exit }: Pick<RunResult, 'status' | 'outcome' | 'exit'>): EvaluatedRun['ending'] {
  if (status === 'cancelled') return 'cancelled';
  return exit === undefined || outcome === undefined ? 'blocked' : outcome;
}
