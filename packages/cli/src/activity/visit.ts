import type { EffectKind, Fault, Json, Outcome, Route } from '@espalier/core';

/** One try of a call. Of a model call: one request to one deployment (S9). */
export interface Try {
  /** Who was asked; undefined for what is no model call. */
  deployment: string | undefined;
  /** In pico-dollars. */
  cost: bigint;
  /** Why it came to nothing, if another followed or the books say so. */
  error: Fault | undefined;
}

/** What an agent puts right with a model call. */
export interface Correction {
  of: 'answer' | 'tool';
  faults: readonly string[];
}

/** A call that a node made: to a model, a tool, or the workflow's own code. */
export interface Call {
  kind: EffectKind;
  /** Of a model call: the name that the agent asks for. */
  target: string;
  /** Recorded for tools only. */
  input: Json | undefined;
  /** Undefined while it is under way. */
  outcome: Outcome | undefined;
  error: Fault | undefined;
  /** Whether its result was taken over from the run that this one was forked from, and nothing was performed. */
  isReused: boolean;
  /** In order; none if the gate refused it at once. */
  tries: Try[];
  correction: Correction | undefined;
  /** How the deployment was chosen, where that depended on what was asked. */
  route: Route | undefined;
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
