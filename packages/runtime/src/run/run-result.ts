import { type Json, type Outcome, type RunState, type RunStatus, statusOf } from '@espalier/core';

/** Where a run was unloaded that only waits. */
export interface Parked {
  /** Sequence number of the last event in the journal. */
  seq: number;
  /** When it has something to do again, in milliseconds since the epoch; undefined if only a request can bring it back. */
  wakeAt: number | undefined;
}

/** How a run ended, or where it was parked. `output` is the root task's value. */
export interface RunResult {
  run: string;
  /** `completed` or `cancelled`; `waiting` or `paused` if it was parked; anything else if it is still under way. */
  status: RunStatus;
  outcome: Outcome | undefined;
  /** The exit node that the root task reached; without one the root task is blocked (S2). */
  exit: string | undefined;
  reason: string | undefined;
  output: Json;
  /** Set if the run has not ended, and this process has let go of it. */
  parked?: Parked;
}

/** How the run of a state ended. */
export function resultOf(run: string, state: RunState): RunResult {
  const root = state.started?.root;
  return {
    run,
    status: statusOf(state),
    outcome: state.outcome,
    exit: root?.exit?.id,
    reason: state.reason ?? root?.reason,
    output: root?.value ?? null,
  };
}
