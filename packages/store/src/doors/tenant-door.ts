import { EspalierError, type JournalEvent } from '@espalier/core';
import type { Artifacts, EvaluationStore, Ledger, MemoryPlace, MemoryQuery, StoredMemory } from '@espalier/runtime/ports';
import { CompiledQuery, type Kysely, sql, type Transaction } from 'kysely';
import { eventsOf, readRun } from '../archive/read-run.ts';
import type { Database, Statement } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import type { RunsTable, Tables } from '../database/tables.ts';
import { storeEvaluations } from '../evaluations/store-evaluations.ts';
import { journalEvents } from '../journal/journal-event.ts';
import { readStream, type StreamEvent } from '../log/read-stream.ts';
import { readMemory } from '../memory/read-memory.ts';
import { type QueueStatus, queueStatus } from '../queue/queue-status.ts';
import { type Adoption, adoptRun } from '../runs/adopt-run.ts';
import { type Discarding, discardFork } from '../runs/discard-fork.ts';
import { type RunRequest, requestOfRun } from '../runs/request.ts';
import type { Signals } from '../signals/signals.ts';
import { storeLedger } from '../usage/store-ledger.ts';

/** A run as its row has it. */
export interface RunRow {
  run: string;
  task: string | null;
  workflow: string;
  workflowHash: string;
  status: RunsTable['status'];
  outcome: RunsTable['outcome'];
  reason: string | null;
  /** The process that drives it, while its lease lasts. */
  owner: string | undefined;
  /** Why the last process that tried could not drive it. */
  problem: string | null;
  startedAt: number;
  endedAt: number | undefined;
}

export interface RunsQuery {
  /** The newest so many. */
  limit: number;
  status?: RunsTable['status'];
}

/** What one tenant may see and ask. Every statement runs under row-level security for that tenant (S15). */
export interface TenantDoor {
  readonly tenant: string;
  /** Newest last. */
  runs(query: RunsQuery): Promise<RunRow[]>;
  countRuns(): Promise<number>;
  run(run: string): Promise<RunRow | undefined>;
  /** Of every workflow that has a queue, how it stands. */
  queues(): Promise<QueueStatus[]>;
  /** Ids that begin with `prefix`, oldest first, at most `limit`. */
  runsLike(prefix: string, limit: number): Promise<string[]>;
  /** The events of a run's journal after a sequence number; empty for a run that there is not. @throws EspalierError `journal.corrupt`; `storage.failed` if it was archived and is lost. */
  journal(run: string, after?: number): Promise<JournalEvent[]>;
  /** The events of any stream after a sequence number; of an archived run, none. */
  stream(stream: string, after?: number): Promise<StreamEvent[]>;
  /** What evaluations came to. */
  readonly evaluations: EvaluationStore;
  /** What requests to providers have cost, and what budgets are left with. */
  readonly ledger: Ledger;
  /** Entries of project or global memory, newest first; what forks wrote that were not adopted is not among them. */
  memory(place: MemoryPlace, query: MemoryQuery): Promise<StoredMemory[]>;
  /** @returns false if the run is as asked for already. @throws EspalierError `run.not_found`, `run.ended`. */
  request(run: string, request: RunRequest, by: { actor: string; at: number }): Promise<boolean>;
  /** Makes a fork the current run of its task (S3). @returns the run that was. @throws EspalierError `run.not_found`, `run.not_adoptable`, `journal.locked`. */
  adopt(adoption: Omit<Adoption, 'tenant'>): Promise<string>;
  /** Gives a fork up for good (S3). @returns false if it was before. @throws EspalierError `run.not_found`, `run.not_discardable`. */
  discard(fork: Omit<Discarding, 'tenant'>): Promise<boolean>;
}

interface TenantParts {
  database: Database;
  signals: Signals;
  /** Where journals are that were archived. */
  artifacts?: Artifacts | undefined;
}

const tenantPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** @throws EspalierError `input.invalid` for what is no id of a tenant. */
export function tenantDoor({ database, signals, artifacts }: TenantParts, tenant: string): TenantDoor {
  if (!tenantPattern.test(tenant)) {
    throw new EspalierError('input.invalid', `${JSON.stringify(tenant)} is not a tenant: expected 1 to 64 letters, digits, _, . or -.`);
  }
  const within = <T>(use: (trx: Transaction<Tables>) => Promise<T>) => asTenant(database, tenant, use);
  return {
    tenant,
    runs: (query) => within((trx) => runs(trx, tenant, query)),
    countRuns: () =>
      within(async (trx) => {
        const count = trx.selectFrom('espalier.runs').select(({ fn }) => fn.countAll<string>().as('count'));
        return Number((await count.where('tenant', '=', tenant).executeTakeFirstOrThrow()).count);
      }),
    run: (run) =>
      within(async (trx) => {
        const row = await rowsOf(trx, tenant).where('run', '=', run).executeTakeFirst();
        return row && runRow(row);
      }),
    queues: () => within((trx) => queueStatus(performIn(trx), tenant)),
    runsLike: (prefix, limit) =>
      within(async (trx) => {
        const query = trx.selectFrom('espalier.runs').select('run').where('tenant', '=', tenant);
        const found = await query
          .where(sql<boolean>`starts_with(run, ${prefix})`)
          .orderBy('started_at')
          .orderBy('run')
          .limit(limit)
          .execute();
        return found.map(({ run }) => run);
      }),
    async journal(run, after = 0) {
      const stored = await within((trx) => readRun(trx, { tenant, run, after }));
      return journalEvents(run, await eventsOf(stored, artifacts, after), after); // outside: artifacts may be slow
    },
    memory: (place, query) => within((trx) => readMemory(trx, { ...place, tenant }, query)),
    stream: (stream, after) => within((trx) => readStream(trx, { tenant, stream, after })),
    evaluations: storeEvaluations(within, tenant),
    ledger: storeLedger(within, tenant),
    async request(run, request, { actor, at }) {
      const changed = await within((trx) => requestOfRun(performIn(trx), { tenant, run, request, actor, at }));
      if (changed) signals.due(tenant, run);
      return changed;
    },
    discard: (fork) => within((trx) => discardFork(trx, { tenant, ...fork })),
    adopt: (adoption) => within((trx) => adoptRun(trx, { tenant, ...adoption })),
  };
}

/** A transaction as the role that sees one tenant's rows only. */
async function asTenant<T>({ kysely }: Database, tenant: string, use: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  try {
    return await kysely.transaction().execute(async (trx) => {
      await sql`select set_config('role', 'espalier_app', true), set_config('espalier.tenant', ${tenant}, true)`.execute(trx);
      return use(trx);
    });
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

function performIn(trx: Transaction<Tables>) {
  return async <Row>({ text }: Statement, values: readonly unknown[]) => {
    const { rows, numAffectedRows } = await trx.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
    return { rows, count: Number(numAffectedRows ?? rows.length) };
  };
}

function rowsOf(db: Kysely<Tables>, tenant: string) {
  return db
    .selectFrom('espalier.runs')
    .select(['run', 'task', 'workflow', 'workflow_hash', 'status', 'outcome', 'reason', 'owner', 'problem', 'started_at', 'ended_at'])
    .select(sql<boolean>`coalesce(lease_until >= now(), false)`.as('is_leased'))
    .where('tenant', '=', tenant);
}

async function runs(db: Kysely<Tables>, tenant: string, { limit, status }: RunsQuery): Promise<RunRow[]> {
  let query = rowsOf(db, tenant).orderBy('started_at', 'desc').orderBy('run', 'desc').limit(limit);
  if (status) query = query.where('status', '=', status);
  return (await query.execute()).reverse().map(runRow);
}

type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number];

function runRow({ workflow_hash, owner, is_leased, started_at, ended_at, ...row }: Row): RunRow {
  return {
    ...row,
    workflowHash: workflow_hash,
    owner: is_leased && owner !== null ? owner : undefined,
    startedAt: started_at,
    endedAt: ended_at ?? undefined,
  };
}
