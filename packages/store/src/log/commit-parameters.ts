import type { RunChange, TaskChange } from '../runs/run-change.ts';
import type { Accounts } from '../usage/account-parameters.ts';
import type { Commit, StreamAppend } from './commit.ts';
import { type EventsRow, eventsRows } from './events-text.ts';
import { type StoredPayload, storedPayload } from './large-values.ts';

/** What a commit appends to one stream, as it is stored. */
interface PreparedAppend extends Omit<StreamAppend, 'events'> {
  count: number;
  rows: readonly EventsRow[];
  /** Canonical text of large values by hash; the same in many events is there once. */
  values: ReadonlyMap<string, string>;
}

/** A commit with its events as they are stored. */
export interface PreparedCommit {
  commit: Commit;
  appends: readonly PreparedAppend[];
  /** Characters of events and values. */
  size: number;
  hasLarge: boolean;
}

/** Does what needs no connection. */
export function prepareCommit(commit: Commit): PreparedCommit {
  const appends = commit.streams.map(preparedAppend);
  let size = 0;
  for (const { rows, values } of appends) {
    for (const { text } of rows) size += text.length;
    for (const value of values.values()) size += value.length;
  }
  return { commit, appends, size, hasLarge: appends.some(({ values }) => values.size > 0) };
}

function preparedAppend({ events, ...append }: StreamAppend): PreparedAppend {
  const payloads = events.map(({ payload }) => storedPayload(payload));
  return { ...append, count: events.length, rows: eventsRows(events, payloads), values: valuesOf(payloads) };
}

const none: PreparedAppend['values'] = new Map();

function valuesOf(payloads: readonly StoredPayload[]): PreparedAppend['values'] {
  if (payloads.every(({ refs }) => refs.length === 0)) return none;
  return new Map(payloads.flatMap(({ values }) => [...values]));
}

/** A commit that only appends to the stream of a run that is there already, and perhaps changes the books. */
export interface PlainAppend {
  tenant: string;
  stream: string;
  expected: number;
  epoch: number;
  actor: string | null;
  row: EventsRow;
  accounts: Accounts | undefined;
}

/** The commit as a plain append, if it is one. */
export function plainAppend({ commit, appends, hasLarge }: PreparedCommit): PlainAppend | undefined {
  const [only, ...others] = appends;
  if (!only || others.length > 0 || commit.run || commit.task || hasLarge) return undefined;
  const { stream, expected, epoch, actor = null, rows } = only;
  const [row, ...more] = rows;
  if (expected === undefined || expected === 0 || epoch === undefined || !row || more.length > 0) return undefined;
  return { tenant: commit.tenant, stream, expected, epoch, actor, row, accounts: commit.accounts };
}

/** How the row of a run changes, as statements take it. */
export function runRow({ run, create, status, outcome, reason, endedAt, free = false, wake = false }: RunChange) {
  return {
    ...{ run, creates: create !== undefined, task: create?.task, workflow: create?.workflow, workflow_hash: create?.workflowHash },
    ...{ owner: create?.owner, lease_ms: create?.leaseMs, started_at: create?.startedAt },
    ...{ status, outcome, reason, ended_at: endedAt, frees: free, wakes: wake },
  };
}

/** How the row of a root task changes, as statements take it. */
export function taskRow({ create, ...change }: TaskChange) {
  return { ...change, creates: create !== undefined, workflow: create?.workflow, created_at: create?.at };
}
