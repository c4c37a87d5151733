import type { ColumnType, Generated } from 'kysely';

/** A bigint: text when read, on both engines; anything exact when written. */
type BigInteger = ColumnType<string, string | number, string | number>;
/** Milliseconds since the epoch, as events have them. */
type Milliseconds = number;
/** A time by the database's clock; written as an expression of SQL, never from this process. */
type DatabaseTime = ColumnType<Date, never, never>;

/** The last event of one stream, and the row that whoever appends to it locks (S4). */
export interface StreamsTable {
  tenant: string;
  stream: string;
  seq: BigInteger;
  position: BigInteger;
  /** Of a run's stream: the ownership under which a driver may append (S13). */
  epoch: BigInteger;
}

export interface EventsTable {
  id: ColumnType<string, never, never>;
  tenant: string;
  stream: string;
  seq: BigInteger;
  position: BigInteger;
  type: string;
  /** Canonical JSON (S5), without what `refs` names. */
  payload: string;
  /** JSON: `[[pointer, hash], …]`, what was taken out of the payload, in the order in which it is put back. */
  refs: string | null;
  actor: string | null;
  cause_stream: string | null;
  cause_seq: BigInteger | null;
  at: Milliseconds;
}

/** Large values, once per tenant and content (S5). */
export interface PayloadsTable {
  tenant: string;
  hash: string;
  text: string;
}

export interface PayloadRefsTable {
  tenant: string;
  hash: string;
  stream: string;
}

/** One row: which log this is. A copy of the data in another cluster is another log. */
export interface LogTable {
  incarnation: string;
  cluster: string;
}

export interface RunsTable {
  tenant: string;
  run: string;
  task: string | null;
  workflow: string;
  workflow_hash: string;
  status: 'running' | 'waiting' | 'paused' | 'completed' | 'cancelled';
  outcome: 'success' | 'failure' | 'partial' | null;
  reason: string | null;
  owner: string | null;
  epoch: BigInteger;
  lease_until: DatabaseTime | null;
  wake_at: DatabaseTime | null;
  /** Why the last process that tried to drive it could not. */
  problem: string | null;
  started_at: Milliseconds;
  ended_at: Milliseconds | null;
}

/** Root tasks (S1). */
export interface TasksTable {
  tenant: string;
  task: string;
  status: 'pending' | 'in_progress' | 'blocked' | 'completed' | 'cancelled';
  outcome: 'success' | 'failure' | 'partial' | null;
  reason: string | null;
  workflow: string | null;
  run: string | null;
  version: Generated<number>;
  created_at: Milliseconds;
  updated_at: Milliseconds;
}

/** The sources of workflows that runs were started with (S17). */
export interface WorkflowsTable {
  tenant: string;
  hash: string;
  id: string;
  directory: string;
  /** JSON: `[{ path, text }, …]`. */
  sources: string;
}

/** Where a reader of the log stands. */
export interface ReadersTable {
  name: string;
  position: BigInteger;
  event_id: BigInteger;
  owner: string | null;
  lease_until: DatabaseTime | null;
  /** How often the event after the cursor was tried in vain. */
  attempts: number;
  problem: string | null;
}

/** Events that a reader could not take and went past. */
export interface PoisonedEventsTable {
  name: string;
  event_id: BigInteger;
  tenant: string;
  stream: string;
  seq: BigInteger;
  problem: string;
  attempts: number;
}

/** Ended runs whose journals were moved out of the log, whole (S7). */
export interface ArchivedRunsTable {
  tenant: string;
  run: string;
  /** The artifact that holds the journal: JSON lines, gzipped. */
  artifact: string;
  events: number;
}

export interface Tables {
  'espalier.streams': StreamsTable;
  'espalier.events': EventsTable;
  'espalier.payloads': PayloadsTable;
  'espalier.payload_refs': PayloadRefsTable;
  'espalier.log': LogTable;
  'espalier.runs': RunsTable;
  'espalier.tasks': TasksTable;
  'espalier.workflows': WorkflowsTable;
  'espalier.readers': ReadersTable;
  'espalier.poisoned_events': PoisonedEventsTable;
  'espalier.archived_runs': ArchivedRunsTable;
}
