import type { EffectKind } from '@espalier/core';

/*
 * What a profile says, as plain JSON. Times are milliseconds; a `start_ms` or `end_ms` counts from the first event of the run.
 * What the journal does not say is null and never 0: a node that is done at once has no `node.started`, so its duration is not known.
 */

/** From one moment of a run to another. */
export interface Span {
  start_ms: number;
  /** If the span is open, the last event of the journal. */
  end_ms: number;
  open: boolean;
}

/** Durations that are over. Percentiles are by nearest rank. */
export interface Durations {
  count: number;
  mean_ms: number;
  p50_ms: number;
  p95_ms: number;
  max_ms: number;
}

/** What was timed of something that happened any number of times. */
export interface Timing {
  /** The sum of all spans, open ones up to the last event; null if nothing was timed. */
  total_ms: number | null;
  /** Of the spans that are over; null if there are none. */
  durations: Durations | null;
  spans: readonly Span[];
}

/** A quantity that goes up and down. */
export interface Gauge {
  last: number;
  max: number;
}

export interface NodeProfile extends Timing {
  node: string;
  /** How often it was performed to its end. */
  completed: number;
  /** Of those, how often it failed. */
  failures: number;
  /** How often its task ended under it. */
  cancelled: number;
  /** How often it was done at once, and so is not among the spans. */
  untimed: number;
  /** From being ready to `node.started`: waiting for a place within `concurrency`, or for the end of a pause. */
  queue: Durations | null;
  /** Of its time, how long its timers and other waits took. */
  waiting_ms: number;
  under_way: Gauge;
  /** Of the contexts of its effects. */
  context_tokens: Gauge | null;
}

/** The calls of one model, tool, handler or reducer. A span is a try from `effect.started` to its outcome. */
export interface EffectProfile extends Timing {
  kind: EffectKind;
  target: string;
  /** Whether nobody works meanwhile: a timer, an approval, a child run. */
  waits: boolean;
  /** Each once, however often it was tried; those that the gate refused included. */
  calls: number;
  tries: number;
  /** Tries of calls that had been tried before. */
  retries: number;
  /** Tries that failed by themselves. */
  failures: number;
  /** Tries that were abandoned, because their task ended or ran out of time. */
  cancelled: number;
  /** Tries whose process ended before their outcome was recorded: nobody knows how long they took. */
  interrupted: number;
  refused: number;
  in_flight: Gauge;
  context_tokens: Gauge | null;
}

/** A task of the run. Its spans are its visits to nodes. */
export interface TaskProfile extends Timing {
  task: string;
  life: Span;
  /** How it ended; null while it is alive. */
  end: 'completed' | 'cancelled' | 'merged' | null;
  /** Of its life, how long it was not in a node: queued, waiting at a merge, or represented by the tasks derived from it. */
  waiting_ms: number;
  /** Nodes that it performed. */
  nodes: number;
  effects: number;
  context_tokens: Gauge | null;
}

/** The time of a run, every moment of it counted once, for the first of these that applies. They add up to its duration. */
export interface TimeShares {
  /** At least one call of a model, tool, handler or reducer was in flight. */
  effects_ms: number;
  /** All that was in flight were timers and other waits. */
  waiting_ms: number;
  /** From the start of an effect whose process ended, to where another process took it up. */
  interrupted_ms: number;
  /** Someone had paused the run. */
  paused_ms: number;
  /** The rest: engine, gate and journal, and time in which no process had the run. */
  engine_ms: number;
}

/** A visit on the critical path. Null: it was done at once. */
export interface PathStep {
  task: string;
  node: string;
  queued_ms: number | null;
  duration_ms: number | null;
  open: boolean;
}

/** Where the time of a run went (ENG-F). Lists are in the order in which the journal first speaks of their members. */
export interface Profile {
  /** Milliseconds since the epoch; null for an empty journal. */
  started_at: number | null;
  /** From the first event to the last. */
  duration_ms: number;
  /** Whether the run is over; if not, everything is as of the last event. */
  ended: boolean;
  time: TimeShares;
  counters: { events: number; nodes: number; effects: number; retries: number; refused: number; tasks: number };
  tasks_alive: Gauge;
  context_tokens: Gauge | null;
  /** The visits that the end of the run had to wait for, one for the other, in order. */
  critical_path: readonly PathStep[];
  nodes: readonly NodeProfile[];
  effects: readonly EffectProfile[];
  tasks: readonly TaskProfile[];
}
