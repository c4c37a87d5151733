import type { BudgetAlert } from '@espalier/core';
import type { RunChange, TaskChange } from '../runs/run-change.ts';
import type { Accounts } from '../usage/account-parameters.ts';
import type { NewEvent } from './log-event.ts';

/** Events for one stream. */
export interface StreamAppend {
  stream: string;
  /** The sequence number that the stream must be at; undefined: whatever it is at. */
  expected?: number;
  /** The ownership under which a driver appends (S13); undefined for outsiders. A new stream takes it. */
  epoch?: number;
  /** Who did it: `engine`, `person:<id>`, … */
  actor?: string;
  events: readonly NewEvent[];
}

/** What is written together or not at all, all of it of one tenant. */
export interface Commit {
  tenant: string;
  streams: readonly StreamAppend[];
  /** The row of the run that changes with it. */
  run?: RunChange;
  /** The row of the root task that changes with it. */
  task?: TaskChange;
  /** How the books change with it; if a budget does not admit that, nothing is written (S21). */
  accounts?: Accounts;
  /** Told, once it is written, of every budget that it brought to 80 % of its cap (GRD-5). */
  onAlert?: ((alert: BudgetAlert) => void) | undefined;
}
