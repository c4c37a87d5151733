import type { EffectKind, Fault, Json, Outcome } from '@espalier/core';

/** A call that a node made: to a model, a tool, or the workflow's own code. */
export interface Call {
  kind: EffectKind;
  target: string;
  /** Recorded for tools only. */
  input: Json | undefined;
  /** Undefined while it is under way. */
  outcome: Outcome | undefined;
  error: Fault | undefined;
  /** Whether its result was taken over from the run that this one was forked from, and nothing was performed. */
  isReused: boolean;
}

/** A task at a node. */
export interface Visit {
  task: string;
  node: string;
  /** Milliseconds since the epoch; undefined for work that is done at once. */
  startedAt: number | undefined;
  calls: Call[];
}

/** A visit that is over. */
export interface EndedVisit extends Visit {
  /** Of the event that ended it. */
  seq: number;
  at: number;
  outcome: Outcome | 'cancelled';
  error: Fault | undefined;
  /** The edge that a decision took. */
  label: string | undefined;
  /** Why the task ended here, if its node did not. */
  reason: string | undefined;
}

/** How many times an agent had to correct its answer. */
export function correctionsOf({ calls }: Visit): number {
  return Math.max(0, calls.filter((call) => call.kind === 'model').length - 1);
}

/** The models that were asked, each once; marked where a result was reused. */
export function modelsOf({ calls }: Visit): string[] {
  return [...new Set(calls.filter((call) => call.kind === 'model').map(calledText))];
}

/** What was called, and whether it only seems so: `write_file (reused)`. */
export function calledText({ target, isReused }: Call): string {
  return isReused ? `${target} (reused)` : target;
}
