import type { Commit, StreamAppend } from './commit.ts';
import { type StoredPayload, storedPayload } from './large-values.ts';
import type { NewEvent } from './log-event.ts';

/** A commit with its payloads as they are stored. */
export interface PreparedCommit {
  commit: Commit;
  /** By stream, by event. */
  payloads: readonly (readonly StoredPayload[])[];
  /** Characters of payload, about. */
  size: number;
  hasLarge: boolean;
}

/** Does what needs no connection. */
export function prepareCommit(commit: Commit): PreparedCommit {
  const payloads = commit.streams.map(({ events }) => events.map(({ payload }) => storedPayload(payload)));
  let size = 0;
  let hasLarge = false;
  for (const { text, refs, values } of payloads.flat()) {
    size += text.length;
    for (const value of values.values()) size += value.length;
    hasLarge ||= refs.length > 0;
  }
  return { commit, payloads, size, hasLarge };
}

/** A commit that only appends to the stream of a run that is there already. */
export interface PlainAppend {
  tenant: string;
  stream: string;
  expected: number;
  epoch: number;
  actor: string | null;
  types: string[];
  payloads: string[];
  ats: number[];
}

/** The commit as a plain append, if it is one. */
export function plainAppend({ commit, payloads, hasLarge }: PreparedCommit): PlainAppend | undefined {
  const [only, ...others] = commit.streams;
  if (!only || others.length > 0 || commit.run || commit.task || hasLarge) return undefined;
  const { stream, expected, epoch, events } = only;
  if (expected === undefined || expected === 0 || epoch === undefined) return undefined;
  const actor = events[0]?.actor ?? null;
  if (events.some((event) => event.cause || (event.actor ?? null) !== actor)) return undefined;
  const texts = (payloads[0] ?? []).map(({ text }) => text);
  return {
    tenant: commit.tenant,
    stream,
    expected,
    epoch,
    actor,
    types: events.map(({ type }) => type),
    payloads: texts,
    ats: events.map(({ at }) => at),
  };
}

/** The parameters of `appendStatement`. */
export function appendParameters({ tenant, stream, expected, epoch, actor, types, payloads, ats }: PlainAppend): unknown[] {
  return [tenant, stream, expected, epoch, types.length, actor, types, payloads, ats];
}

/** The parameters of `appendManyStatement`. */
export function appendManyParameters(appends: readonly PlainAppend[]): unknown[] {
  let first = 0;
  const firsts = appends.map(({ types }) => {
    first += types.length;
    return first - types.length;
  });
  return [
    appends.map(({ tenant }) => tenant),
    appends.map(({ stream }) => stream),
    appends.map(({ expected }) => expected),
    appends.map(({ epoch }) => epoch),
    appends.map(({ actor }) => actor),
    appends.map(({ types }) => types.length),
    firsts,
    appends.flatMap(({ types }) => types),
    appends.flatMap(({ payloads }) => payloads),
    appends.flatMap(({ ats }) => ats),
  ];
}

/** The parameters of `commitStatement`; the commits are numbered as they stand. */
export function commitParameters(prepared: readonly PreparedCommit[]): unknown[] {
  const heads = prepared.flatMap(({ commit }, index) =>
    commit.streams.map((append) => ({ commit: index, tenant: commit.tenant, ...headOf(append) })),
  );
  const events: EventRow[] = [];
  let head = 0;
  for (const { commit, payloads } of prepared) {
    for (const [index, append] of commit.streams.entries()) {
      for (const [offset, event] of append.events.entries()) {
        events.push(eventRow({ head, seq: offset + 1, event, stored: payloads[index]?.[offset] as StoredPayload }));
      }
      head += 1;
    }
  }
  return [
    JSON.stringify(heads.map((row, number) => ({ ...row, number }))),
    JSON.stringify(prepared.flatMap(runRows)),
    JSON.stringify(prepared.flatMap(payloadRows)),
    JSON.stringify(prepared.flatMap(taskRows)),
    ...columnsOf(events),
  ];
}

function headOf({ stream, expected, epoch, events }: StreamAppend) {
  return { stream, expected: expected ?? null, epoch: epoch ?? null, count: events.length };
}

type EventRow = readonly [number, number, string, string, string | null, string | null, string | null, number | null, number];

function eventRow({ head, seq, event, stored }: { head: number; seq: number; event: NewEvent; stored: StoredPayload }): EventRow {
  const { type, actor, cause, at } = event;
  const refs = stored.refs.length > 0 ? JSON.stringify(stored.refs) : null;
  return [head, seq, type, stored.text, refs, actor ?? null, cause?.stream ?? null, cause?.seq ?? null, at];
}

function columnsOf(rows: readonly EventRow[]): unknown[][] {
  return Array.from({ length: 9 }, (_, column) => rows.map((row) => row[column]));
}

function runRows({ commit: { tenant, run, streams } }: PreparedCommit, commit: number) {
  if (!run) return [];
  const { create } = run;
  const epoch = streams.find((append) => append.epoch !== undefined)?.epoch ?? 0;
  return [
    {
      ...{ commit, tenant, run: run.run, creates: create !== undefined, epoch },
      ...{ task: create?.task, workflow: create?.workflow, workflow_hash: create?.workflowHash, owner: create?.owner },
      ...{ lease_ms: create?.leaseMs, started_at: create?.startedAt },
      ...{ status: run.status, outcome: run.outcome, reason: run.reason, ended_at: run.endedAt },
      ...{ frees: run.free ?? false, wakes: run.wake ?? false },
    },
  ];
}

function taskRows({ commit: { tenant, task } }: PreparedCommit, commit: number) {
  if (!task) return [];
  const { create, status, outcome, reason, run, at } = task;
  const born = { creates: create !== undefined, workflow: create?.workflow, created_at: create?.at };
  return [{ commit, tenant, task: task.task, ...born, status, outcome, reason, run, at }];
}

function payloadRows({ commit, payloads, hasLarge }: PreparedCommit, index: number) {
  if (!hasLarge) return [];
  return commit.streams.flatMap(({ stream }, at) => {
    const values = new Map((payloads[at] ?? []).flatMap((payload) => [...payload.values])); // the same in many events is sent once
    return [...values].map(([hash, text]) => ({ commit: index, tenant: commit.tenant, hash, text, stream }));
  });
}
