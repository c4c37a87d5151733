import type { Json } from '@espalier/core';

/** The event that led to an event (S1). */
export interface Cause {
  stream: string;
  seq: number;
}

/** An event to be appended. */
export interface NewEvent {
  type: string;
  payload: Json;
  /** Milliseconds since the epoch at which it happened. */
  at: number;
  cause?: Cause;
}

/** An event on the log. */
export interface LogEvent extends NewEvent {
  /** Unique in the log, and stays: which commit's events it is among, and where. Only together with the position does it say what comes first. */
  id: string;
  /** Who did it: `engine`, `person:<id>`, … */
  actor?: string;
  tenant: string;
  stream: string;
  /** From 1, without gaps, in its stream. */
  seq: number;
}
