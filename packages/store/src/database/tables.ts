import type { BudgetScopeName, TokenUsage } from '@espalier/core';
import type { ColumnType, Generated } from 'kysely';

/** A bigint: text when read, on both engines; anything exact when written. */
type BigInteger = ColumnType<string, string | number, string | number>;
/** Milliseconds since the epoch, as events have them. */
type Milliseconds = number;
/** A time by the database's clock; written as an expression of SQL, never from this process. */
type DatabaseTime = ColumnType<Date, never, never>;
/** What the database itself writes, as text; null until it is known. */
type Figure = ColumnType<string | null, never, never>;

/** The last event of one stream, and the row that whoever appends to it locks (S4). */
export interface StreamsTable {
  tenant: string;
  stream: string;
  seq: BigInteger;
  position: BigInteger;
  /** Of a run's stream: the ownership under which a driver may append (S13). */
  epoch: BigInteger;
}

/** What one commit appended to one stream: a row, or several of a very large one. */
export interface CommitsTable {
  id: ColumnType<string, never, never>;
  tenant: string;
  stream: string;
  /** Of the first event. */
  seq: BigInteger;
  /** How many events. */
  count: number;
  position: BigInteger;
  /** Of the events, each once. */
  types: string[];
  /** JSON, see `log/events-text.ts`. */
  events: string;
  /** Who did all of it. */
  actor: string | null;
}

/** A view: the events of all commits, one by one. */
export interface EventsView {
  tenant: ColumnType<string, never, never>;
  stream: ColumnType<string, never, never>;
  seq: ColumnType<string, never, never>;
  position: ColumnType<string, never, never>;
  /** Of the row of `commits`: together with `seq` it says what comes first among those of one position. */
  id: ColumnType<string, never, never>;
  type: ColumnType<string, never, never>;
  at: ColumnType<Milliseconds, never, never>;
  /** Canonical JSON (S5), without what `refs` names. */
  payload: ColumnType<string, never, never>;
  /** JSON: `[[pointer, hash], …]`, what was taken out of the payload. */
  refs: ColumnType<string | null, never, never>;
  /** JSON: `{ stream, seq }`. */
  cause: ColumnType<string | null, never, never>;
  actor: ColumnType<string | null, never, never>;
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
  status: 'queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'cancelled';
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
  /** Its place in the order in which runs queued; null for one that never did. */
  queue_number: ColumnType<string | null, never, never>;
  /** When it was taken from its queue. */
  dequeued_at: DatabaseTime | null;
}

/** What the queue of a workflow allows, as `scheduler.yaml` had it when a run was last entered (ENG-Q). */
export interface QueuesTable {
  tenant: string;
  workflow: string;
  max_concurrency: number;
  max_size: number | null;
  rate_runs: number | null;
  rate_ms: Milliseconds | null;
}

/** When a queue was last served, as a number that rises: the row that whoever takes runs from it locks. */
export interface QueueTurnsTable {
  tenant: string;
  workflow: string;
  turn: BigInteger;
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
  /** The row of `commits` that it came to. */
  commit_id: BigInteger;
  /** How many events of that row it has taken. */
  taken: number;
  owner: string | null;
  lease_until: DatabaseTime | null;
  /** How often the event after the cursor was tried in vain. */
  attempts: number;
  problem: string | null;
}

/** Events that a reader could not take and went past. */
export interface PoisonedEventsTable {
  name: string;
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

/** What evaluations came to (ENG-E). */
export interface EvaluationsTable {
  tenant: string;
  evaluation: string;
  workflow: string;
  workflow_hash: string;
  engine_version: string;
  started_at: Milliseconds;
  duration_ms: Milliseconds;
  passed: number;
  failed: number;
  errored: number;
  /** JSON: all of it, cases included. */
  report: string;
}

/** A store of project or global memory, and the row that whoever writes into it locks (S28). */
export interface MemoryStoresTable {
  tenant: string;
  store: 'project' | 'global';
  /** Empty for the global store. */
  project: string;
  /** Of the entry that became visible last. */
  seq: Generated<string | number>;
  /** How many entries its last writer wanted it to keep. */
  max_items: number;
}

export interface MemoryEntriesTable {
  tenant: string;
  /** The key of the effect that wrote it. */
  id: string;
  store: 'project' | 'global';
  project: string;
  /** Its place in the store; null in an overlay. */
  seq: ColumnType<string | null, string | number | null, string | number | null>;
  /** The fork that alone has it, until that is adopted (S3). */
  overlay: string | null;
  /** The order of writing. */
  number: ColumnType<string, never, never>;
  /** Canonical JSON (S5). */
  value: string;
  tags: string[];
  run: string;
  task: string;
  node: string;
  at: Milliseconds;
  tokens: number;
}

/** What became of what a fork wrote into memory (S3). */
export interface MemoryOverlaysTable {
  tenant: string;
  run: string;
  state: 'open' | 'applied' | 'discarded';
}

/** What requests to providers were reserved and settled with, a row for each try (S21). Amounts in pico-dollars. */
export interface UsageTable extends Record<keyof TokenUsage, Figure> {
  tenant: string;
  key: string;
  try: number;
  run: string;
  status: 'reserved' | 'recorded' | 'assumed';
  at: Milliseconds;
  settled_at: Milliseconds | null;
  task: string;
  node: string;
  deployment: string;
  provider: string;
  model: string;
  /** Which table of prices. */
  prices: string;
  workflow: string;
  agent: string;
  session: string;
  charged_user: string | null;
  cost_centre: string | null;
  amount: BigInteger;
  /** The budgets that it counts against: one of each list. */
  scopes: string[];
  subjects: string[];
  periods: string[];
  cost: Figure;
  has_failed: boolean | null;
}

/** What may be spent, and what is (S21). Amounts in pico-dollars. */
export interface BudgetsTable {
  tenant: string;
  scope: BudgetScopeName;
  subject: string;
  period: string;
  cap: BigInteger;
  spent: BigInteger;
  reserved: BigInteger;
  /** Nothing is admitted until it is opened again. */
  closed: boolean;
}

export interface Tables {
  'espalier.streams': StreamsTable;
  'espalier.commits': CommitsTable;
  'espalier.events': EventsView;
  'espalier.payloads': PayloadsTable;
  'espalier.payload_refs': PayloadRefsTable;
  'espalier.log': LogTable;
  'espalier.runs': RunsTable;
  'espalier.queues': QueuesTable;
  'espalier.queue_turns': QueueTurnsTable;
  'espalier.tasks': TasksTable;
  'espalier.workflows': WorkflowsTable;
  'espalier.readers': ReadersTable;
  'espalier.poisoned_events': PoisonedEventsTable;
  'espalier.archived_runs': ArchivedRunsTable;
  'espalier.memory_stores': MemoryStoresTable;
  'espalier.memory_entries': MemoryEntriesTable;
  'espalier.memory_overlays': MemoryOverlaysTable;
  'espalier.evaluations': EvaluationsTable;
  'espalier.usage': UsageTable;
  'espalier.budgets': BudgetsTable;
}
