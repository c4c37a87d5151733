import { EspalierError, type JournalEvent, type Json, type TaskEvent } from '@espalier/core';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database/tables.ts';
import { changesOf } from '../journal/journal-changes.ts';
import { appendLocked } from '../log/append-locked.ts';
import { applyOverlay, overlayState } from '../memory/overlays.ts';

export interface Adoption {
  tenant: string;
  /** The root task of the fork. */
  task: string;
  /** The fork. */
  run: string;
  /** The event that ended it; undefined for one that is paused. */
  end: JournalEvent | undefined;
  /** Ids of entries of memory that runs before it wrote and that are its own all the same. */
  inheritedMemory?: readonly string[];
  actor: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/**
 * Makes a fork the current run of its task, in one transaction with what that means for the task (S3). Locks in the order runs, heads, tasks, memory:
 * of several that adopt at once each finds what the one before it left.
 * @returns the run that was current until then. @throws EspalierError `run.not_found`, `run.not_adoptable`, `journal.locked`.
 */
export async function adoptRun(trx: Transaction<Tables>, adoption: Adoption): Promise<string> {
  const { tenant, task, run } = adoption;
  const current = await currentRun(trx, { tenant, task });
  if (current === run) throw notAdoptable(run, `it is the current run of ${task} already`);
  await requireAdoptable(trx, adoption, current);
  await sql`select from espalier.streams where tenant = ${tenant} and stream = ${`task:${task}`} for update`.execute(trx);
  if ((await currentRun(trx, { tenant, task })) !== current) {
    throw notAdoptable(run, 'another run was adopted at this moment: look at it, then try again');
  }
  if ((await overlayState(trx, { tenant, run })) === 'discarded') throw notAdoptable(run, 'it was discarded');
  await trx.updateTable('espalier.runs').set({ task: null }).where('tenant', '=', tenant).where('run', '=', current).execute();
  await trx.updateTable('espalier.runs').set({ task }).where('tenant', '=', tenant).where('run', '=', run).execute();
  await recordAdoption(trx, adoption, current);
  await applyOverlay(trx, { tenant, run }, { inherited: adoption.inheritedMemory ?? [] }); // from now on everybody sees what it remembers
  return current;
}

async function currentRun(trx: Transaction<Tables>, { tenant, task }: { tenant: string; task: string }): Promise<string> {
  const found = await trx
    .selectFrom('espalier.tasks')
    .select('run')
    .where('tenant', '=', tenant)
    .where('task', '=', task)
    .executeTakeFirst();
  if (found?.run) return found.run;
  throw new EspalierError('run.not_found', `There is no task ${task} with a run.`, { details: { task } });
}

type Candidate = { run: string; status: string; is_ended: boolean; owner: string | null };

/** Neither of the two may be driven by anybody, now or before the transaction ends: its driver would not know whose end its is. */
async function requireAdoptable(trx: Transaction<Tables>, { tenant, run, end }: Adoption, current: string): Promise<void> {
  const { rows } = await sql<Candidate>`
    select run, status, ended_at is not null as is_ended, owner from espalier.runs
    where tenant = ${tenant} and run in (${run}, ${current}) order by run for update`.execute(trx);
  for (const id of [run, current]) {
    const found = rows.find((row) => row.run === id);
    if (!found) throw new EspalierError('run.not_found', `There is no run ${id}.`, { details: { run: id } });
    if (found.owner !== null && !found.is_ended) {
      throw new EspalierError(
        'journal.locked',
        `Run ${id} is driven by ${found.owner}: adopt once it has ended, or is paused and what was under way has ended.`,
        {
          details: { run: id, owner: found.owner },
        },
      );
    }
    if (!found.is_ended && found.status !== 'paused') throw notAdoptable(run, `run ${id} is ${found.status}: let it end, or pause it`);
    if (id === run && found.is_ended !== (end !== undefined)) throw notAdoptable(run, 'it went on meanwhile: look at it, then try again');
  }
}

async function recordAdoption(trx: Transaction<Tables>, adoption: Adoption, previous: string): Promise<void> {
  const { tenant, task, run, end, actor, at } = adoption;
  const adopted: TaskEvent = { type: 'task.run_adopted', payload: { task, run, previous } };
  const changes = end ? changesOf([end], { run, task, after: end.seq - 1 }) : undefined;
  const ending = (changes?.taskEvents ?? []).map((event) => ({ ...event, at }));
  await appendLocked(trx, {
    tenant,
    stream: `task:${task}`,
    actor,
    events: [{ ...adopted, payload: adopted.payload as Json, at }, ...ending],
  });
  const { status = 'in_progress', outcome = null, reason = null } = changes?.task ?? {};
  await trx
    .updateTable('espalier.tasks')
    .set(({ eb }) => ({ run, status, outcome, reason, updated_at: at, version: eb('version', '+', 1) }))
    .where('tenant', '=', tenant)
    .where('task', '=', task)
    .execute();
}

function notAdoptable(run: string, why: string): EspalierError {
  return new EspalierError('run.not_adoptable', `Run ${run} cannot be adopted: ${why}.`, { details: { run } });
}
