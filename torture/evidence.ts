import type { JournalEvent, Verification } from '@espalier/core';

/** What a handler did, in the order in which it was written down: outside of the database, by whoever performed it. */
export interface Performance {
  what: 'begin' | 'done';
  /** The key of the effect. */
  key: string;
  /** Whether the handler is declared idempotent. */
  repeatable: boolean;
  /** Milliseconds since the epoch. */
  at: number;
  pid: number;
}

/** A run as the database has it at the end. */
export interface RunEvidence {
  run: string;
  row: { status: string; outcome: string | null; owner: string | null; ended: boolean };
  /** The row of the root task; undefined if there is none. */
  task: { status: string; outcome: string | null; run: string | null } | undefined;
  journal: readonly JournalEvent[];
  verification: Verification;
}

/** A request to a provider, as the books have it at the end (S21). */
export interface BookedRequest {
  key: string;
  try: number;
  status: string;
  /** Pico-dollars in digits. */
  cost: string | null;
}

/** An event of the log, in the log's order. */
export interface LoggedEvent {
  stream: string;
  seq: number;
  position: string;
}

/** What a reader of the log was handed, in its order, repetitions included. */
export interface Reading {
  reader: string;
  /** `nameOfEvent` of each. */
  seen: readonly string[];
  /** How many events it had seen whenever the log said that there are no more for now: no commit may be cut there. */
  pauses: readonly number[];
}

/** Everything that is known of a torture when it is over: plain data, for the checks. */
export interface Evidence {
  /** Runs whose submission was acknowledged. */
  acknowledged: readonly string[];
  runs: readonly RunEvidence[];
  performances: readonly Performance[];
  books: readonly BookedRequest[];
  log: readonly LoggedEvent[];
  readings: readonly Reading[];
  /** How much later than it may a performance be seen to begin: clocks of the events run before their commits, and stalled processes know nothing. */
  graceMs: number;
}

/** Something that must never be. */
export interface Violation {
  rule: string;
  run?: string;
  message: string;
  /** Sequence numbers in the run's journal. */
  events?: readonly number[];
}

export function nameOfEvent({ stream, seq }: Pick<LoggedEvent, 'stream' | 'seq'>): string {
  return `${stream}#${seq}`;
}
