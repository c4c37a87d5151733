import { EspalierError, type QueueEvent, type TimedEvent } from '@espalier/core';
import type { Database } from '../database/database.ts';
import type { StoreJournal } from '../journal/store-journal.ts';
import type { CommitWriter } from '../log/commit-writer.ts';
import { type Claim, type ClaimRow, claimOf, type RunRef } from '../runs/ownership.ts';
import type { Signals } from '../signals/signals.ts';
import { claimAbandonedStatement, claimQueuedStatement } from './claim-queued-statement.ts';
import { allowStatement } from './queue-statements.ts';

/** What the queue of a workflow allows; as of the last run that was entered. */
export interface QueueLimits {
  /** Runs taken from the queue that are at work at a time. */
  maxConcurrency: number;
  /** Runs that may queue; null: any number. */
  maxSize: number | null;
  /** Runs that may be taken in any period of so many milliseconds; null: any number. */
  rate: { runs: number; perMs: number } | null;
}

/** A run that is about to queue. */
export interface Entrant extends RunRef {
  workflow: string;
  limits: QueueLimits;
  /** Its first events: `run.started` and `run.queued`. */
  events: readonly TimedEvent[];
}

/** The queues whose runs are asked for; default: all, of every tenant. */
export type QueueScope = { tenant: string; workflow?: string | undefined };

/** Runs that wait for their turn (ENG-Q). */
export interface RunQueue {
  /** Accepts a run and leaves it to whoever takes it. @throws EspalierError `queue.full`, `journal.stale_seq` if there is such a run. */
  enter(entrant: Entrant): Promise<void>;
  /** Takes up to `limit` runs whose turn it is. */
  claim(limit: number, scope?: QueueScope): Promise<Claim[]>;
  /** Takes up to `limit` runs that were taken before and are driven by nobody any more. */
  claimAbandoned(limit: number, scope: QueueScope): Promise<Claim[]>;
}

interface QueueParts {
  database: Database;
  writer: CommitWriter;
  signals: Signals;
  owner: string;
  leaseMs: number;
  journal(tenant: string): StoreJournal;
}

/** How often a claim is made again that came upon queues that another process was just serving. */
const maxAttempts = 5;

export function createRunQueue(parts: QueueParts): RunQueue {
  const { database, signals, owner, leaseMs } = parts;
  return {
    async enter({ tenant, run, workflow, limits, events }) {
      const { maxConcurrency, maxSize, rate } = limits;
      await database.perform(allowStatement, [tenant, workflow, maxConcurrency, maxSize, rate?.runs ?? null, rate?.perMs ?? null]);
      try {
        await parts.journal(tenant).submit(run, events);
      } catch (thrown) {
        const size = sizeWhenFull(thrown);
        if (size === undefined) throw thrown;
        await refuse(parts, { tenant, workflow, at: events[0]?.at ?? 0, ...size });
      }
      signals.due(tenant, run);
    },
    async claim(limit, scope) {
      const values = [owner, leaseMs, limit, scope?.tenant ?? null, scope?.workflow ?? null];
      for (let attempt = 1; ; attempt += 1) {
        const { rows } = await database.perform<ClaimRow | Contested>(claimQueuedStatement, values);
        const claims = rows.flatMap((row) => (row.run === null ? [] : [claimOf(row)]));
        if (claims.length > 0 || rows.length === 0 || attempt === maxAttempts) return claims;
      }
    },
    async claimAbandoned(limit, { tenant, workflow }) {
      const { rows } = await database.perform<ClaimRow>(claimAbandonedStatement, [owner, leaseMs, limit, tenant, workflow ?? null]);
      return rows.map(claimOf);
    },
  };
}

/** Some queue was being served by another process at the same moment. */
interface Contested {
  run: null;
}

interface Refusal {
  tenant: string;
  workflow: string;
  at: number;
  size: number;
  limit: number;
}

/** The refusal is a fact of the queue's own stream: there is no run that it could be told of. */
async function refuse({ writer }: QueueParts, { tenant, workflow, at, size, limit }: Refusal): Promise<never> {
  const event: QueueEvent = { type: 'queue.full', payload: { workflow, size, limit } };
  await writer.write({ tenant, streams: [{ stream: `queue:${workflow}`, actor: 'engine', events: [{ ...event, at }] }] });
  const message = `The queue of ${workflow} is full: ${size} runs wait in it, and max_queue_size is ${limit}.`;
  throw new EspalierError('queue.full', message, { details: { workflow, size, limit } });
}

/** What the database says when it refuses a run; see `enter_queue` in the migration. */
function sizeWhenFull(thrown: unknown): { size: number; limit: number } | undefined {
  if (!(thrown instanceof EspalierError) || thrown.details?.code !== 'ESPQF') return undefined;
  const { detail } = Object(thrown.cause);
  return JSON.parse(String(detail));
}
