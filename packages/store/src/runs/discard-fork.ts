import { EspalierError, type Json, type TaskEvent } from '@espalier/core';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database/tables.ts';
import { appendLocked } from '../log/append-locked.ts';
import { discardOverlay, overlayState } from '../memory/overlays.ts';

export interface Discarding {
  tenant: string;
  /** The root task of the fork. */
  task: string;
  /** The fork. */
  run: string;
  actor: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * Gives a fork up for good: what it wrote into memory goes without a trace, and it cannot be adopted any more. Its journal stays (S3).
 * Locks in the order runs, heads, memory.
 * @returns false if it was discarded before. @throws EspalierError `run.not_found`, `run.not_discardable`.
 */
export async function discardFork(trx: Transaction<Tables>, { tenant, task, run, actor, at }: Discarding): Promise<boolean> {
  const { rows } = await sql<{ task: string | null; is_ended: boolean }>`
    select task, ended_at is not null as is_ended from espalier.runs where tenant = ${tenant} and run = ${run} for update`.execute(trx);
  const [found] = rows;
  if (!found) throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  if (found.task !== null) throw notDiscardable(run, `it is the current run of ${task}`);
  if (!found.is_ended) throw notDiscardable(run, 'it has not ended: let it end, or cancel it');
  await sql`select from espalier.streams where tenant = ${tenant} and stream = ${`task:${task}`} for update`.execute(trx);
  const state = await overlayState(trx, { tenant, run });
  if (state === 'discarded') return false;
  if (state === 'applied') throw notDiscardable(run, 'it was adopted before, and what it remembers is everybody’s');
  await discardOverlay(trx, { tenant, run });
  const event: TaskEvent = { type: 'task.run_discarded', payload: { task, run } };
  await appendLocked(trx, { tenant, stream: `task:${task}`, actor, events: [{ ...event, payload: event.payload as Json, at }] });
  return true;
}

function notDiscardable(run: string, why: string): EspalierError {
  return new EspalierError('run.not_discardable', `Run ${run} cannot be discarded: ${why}.`, { details: { run } });
}
