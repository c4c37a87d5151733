import type { Database } from '../database/database.ts';
import type { RunsTable } from '../database/tables.ts';
import { claimStatement, heartbeatStatement, releaseStatement, takeStatement, unloadStatement } from './ownership-statements.ts';

/** A run, across tenants. */
export interface RunRef {
  tenant: string;
  run: string;
}

/** A run that an owner may drive until another takes it. */
export interface Claim extends RunRef {
  /** Rises with every change of owner. */
  epoch: number;
  task: string | null;
  workflowHash: string;
  /** It was taken from its queue, now or before; its journal may not say so yet. */
  isDequeued: boolean;
}

/** A run that was taken by name. */
export interface Taken extends Pick<Claim, 'epoch' | 'task' | 'isDequeued'> {
  /** It still stands in its queue. */
  isQueued: boolean;
}

/** A run that its owner still has. */
export interface KeptRun extends RunRef {
  epoch: number;
  /** Somebody appended to its journal: look at it. */
  woken: boolean;
}

/** How a run that waits is given up. */
export interface Unloading extends RunRef {
  epoch: number;
  /** The last event that the owner has seen. */
  seq: number;
  status: RunsTable['status'];
  /** When it is to be taken up again; undefined: when a request comes in. */
  delayMs: number | undefined;
}

/** Who drives which run (S13). One of these per process; `owner` is unique to it. */
export interface Ownership {
  readonly owner: string;
  readonly leaseMs: number;
  /** Takes up to `limit` runs that are due or whose owner is gone. */
  claim(limit: number): Promise<Claim[]>;
  /** Takes one run. @returns undefined if a process drives it, this one included, it has ended, or there is none. */
  take(ref: RunRef): Promise<Taken | undefined>;
  /** To be called several times within `leaseMs`. */
  heartbeat(): Promise<KeptRun[]>;
  /** @returns false if something came in after `seq`, or the run is not owned any more. */
  unload(unloading: Unloading): Promise<boolean>;
  /** Gives a run up as it is, for others to take after `delayMs`. */
  release(held: RunRef & { epoch: number }, again?: { delayMs: number; problem: string }): Promise<void>;
}

export function createOwnership(database: Database, { owner, leaseMs }: { owner: string; leaseMs: number }): Ownership {
  return {
    owner,
    leaseMs,
    async claim(limit) {
      const { rows } = await database.perform<ClaimRow>(claimStatement, [owner, leaseMs, limit]);
      return rows.map(claimOf);
    },
    async take({ tenant, run }) {
      const { rows } = await database.perform<TakenRow>(takeStatement, [owner, leaseMs, tenant, run]);
      return rows[0] && { epoch: Number(rows[0].epoch), task: rows[0].task, isDequeued: rows[0].is_dequeued, isQueued: rows[0].is_queued };
    },
    async heartbeat() {
      const { rows } = await database.perform<KeptRow>(heartbeatStatement, [owner, leaseMs]);
      return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
    },
    async unload({ tenant, run, epoch, seq, status, delayMs }) {
      const { count } = await database.perform(unloadStatement, [tenant, run, epoch, seq, status, delayMs ?? null]);
      return count > 0;
    },
    async release({ tenant, run, epoch }, again) {
      await database.perform(releaseStatement, [tenant, run, epoch, again?.delayMs ?? 0, again?.problem ?? null]);
    },
  };
}

/** The claim that a row of a claiming statement is about. */
export function claimOf({ tenant, run, epoch, task, workflow_hash: workflowHash, is_dequeued: isDequeued }: ClaimRow): Claim {
  return { tenant, run, epoch: Number(epoch), task, workflowHash, isDequeued };
}

type TakenRow = Pick<ClaimRow, 'epoch' | 'task' | 'is_dequeued'> & { is_queued: boolean };
export type ClaimRow = RunRef & { epoch: string; task: string | null; workflow_hash: string; is_dequeued: boolean };
type KeptRow = RunRef & { epoch: string; woken: boolean };
