import { EspalierError } from '@espalier/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../database/database.ts';
import { databaseFault, isLostRace } from '../database/database-fault.ts';
import type { Tables } from '../database/tables.ts';
import type { RunRef } from '../runs/ownership.ts';

/** Why a run may not be archived yet. */
export type Blocked = { reason: 'not_ended' } | { reason: 'changed' } | { reason: 'reader_behind'; reader: string };

export interface Removal extends RunRef {
  artifact: string;
  /** How many events the artifact holds. */
  events: number;
}

const attempts = 5;

/**
 * Takes the journal of a run off the log in one transaction. The row of the run and the head of its stream stay: the run is listed, and
 * its sequence numbers cannot begin again. @returns whether it did; false if another process has done so already.
 */
export async function removeFromLog({ kysely }: Database, removal: Removal): Promise<boolean | Blocked> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await kysely.transaction().execute((trx) => remove(trx, removal));
    } catch (thrown) {
      // A commit that was under way refers to a payload that seemed unused: with the reference in sight it is kept.
      if (attempt === attempts || !isLostRace(thrown)) throw databaseFault(thrown);
    }
  }
}

/** Why a run may not be archived now, if so. @throws EspalierError `run.not_found`. */
export async function blockedBy(kysely: Kysely<Tables>, { tenant, run }: RunRef): Promise<Blocked | undefined> {
  try {
    const query = kysely.selectFrom('espalier.runs').select('ended_at').where('tenant', '=', tenant).where('run', '=', run);
    const row = await query.executeTakeFirst();
    if (!row) throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
    if (row.ended_at === null) return { reason: 'not_ended' };
    const reader = await readerBehind(kysely, { tenant, run });
    return reader === undefined ? undefined : { reason: 'reader_behind', reader };
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

/** Locks in the order runs, heads, payloads (S4). */
async function remove(trx: Transaction<Tables>, { tenant, run, artifact, events }: Removal): Promise<boolean | Blocked> {
  const stream = `run:${run}`;
  await sql`select from espalier.runs where tenant = ${tenant} and run = ${run} for update`.execute(trx);
  const head = await sql<{ seq: string }>`
    select seq from espalier.streams where tenant = ${tenant} and stream = ${stream} for update`.execute(trx);
  const marked = await trx
    .insertInto('espalier.archived_runs')
    .values({ tenant, run, artifact, events })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (marked.numInsertedOrUpdatedRows === 0n) return false;
  const blocked = Number(head.rows[0]?.seq) === events ? await blockedBy(trx, { tenant, run }) : { reason: 'changed' as const };
  if (blocked) {
    await trx.deleteFrom('espalier.archived_runs').where('tenant', '=', tenant).where('run', '=', run).execute();
    return blocked;
  }
  await trx.deleteFrom('espalier.commits').where('tenant', '=', tenant).where('stream', '=', stream).execute();
  await removePayloads(trx, { tenant, stream });
  return true;
}

async function removePayloads(trx: Transaction<Tables>, { tenant, stream }: { tenant: string; stream: string }): Promise<void> {
  // Two that remove the last two references to a payload must not each leave it to the other. Commits are not kept waiting by this lock.
  const { rows } = await sql<{ hash: string }>`
    select hash from espalier.payloads p
    where tenant = ${tenant} and exists (
      select from espalier.payload_refs r where r.tenant = p.tenant and r.hash = p.hash and r.stream = ${stream}
    ) order by hash for no key update`.execute(trx);
  if (rows.length === 0) return;
  await trx.deleteFrom('espalier.payload_refs').where('tenant', '=', tenant).where('stream', '=', stream).execute();
  await sql`
    delete from espalier.payloads p
    where tenant = ${tenant} and hash in (select jsonb_array_elements_text(${JSON.stringify(rows.map(({ hash }) => hash))}::jsonb))
      and not exists (select from espalier.payload_refs r where r.tenant = p.tenant and r.hash = p.hash)`.execute(trx);
}

/** A reader that has not taken the run's last event yet. */
async function readerBehind(kysely: Kysely<Tables>, { tenant, run }: RunRef): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`
    select r.name from espalier.readers r, (
      select position, id, count from espalier.commits where tenant = ${tenant} and stream = ${`run:${run}`} order by seq desc limit 1
    ) last
    where (r.position, r.commit_id, r.taken) < (last.position, last.id, last.count) order by r.name limit 1`.execute(kysely);
  return rows[0]?.name;
}
