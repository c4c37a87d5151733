import { type Kysely, sql } from 'kysely';
import type { Tables } from '../database/tables.ts';
import { beginning, type LogPlace } from '../log/cursor.ts';
import type { LogEvent } from '../log/log-event.ts';

/** Where a reader stands, as it is kept. */
export interface ReaderState {
  place: LogPlace;
  /** How often the next event was tried in vain. */
  attempts: number;
}

export interface ReaderHold {
  name: string;
  owner: string;
  leaseMs: number;
}

/** Takes or keeps the reader, made if need be: one process reads under a name at a time. @returns undefined if another has it. */
export async function holdReader(kysely: Kysely<Tables>, { name, owner, leaseMs }: ReaderHold): Promise<ReaderState | undefined> {
  const { rows } = await sql<{ position: string; commit_id: string; taken: number; attempts: number }>`
    insert into espalier.readers as r (name, position, commit_id, taken, owner, lease_until)
    values (${name}, ${beginning.position}::bigint, ${beginning.id}::bigint, ${beginning.taken}::int, ${owner}, clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond')
    on conflict (name) do update set owner = excluded.owner, lease_until = excluded.lease_until
    where r.owner is null or r.owner = excluded.owner or r.lease_until < now()
    returning position, commit_id, taken, attempts`.execute(kysely);
  const [row] = rows;
  return row && { place: { position: row.position, id: row.commit_id, taken: row.taken }, attempts: row.attempts };
}

/** A step of a reader: from where it stood when it was held. */
export interface ReaderStep extends ReaderState {
  from: LogPlace;
  problem: string | null;
}

/** @returns false if the reader was taken over, or stands elsewhere because the log was moved meanwhile. */
export async function saveReader(
  kysely: Kysely<Tables>,
  hold: ReaderHold,
  { from, place, attempts, problem }: ReaderStep,
): Promise<boolean> {
  const { numUpdatedRows } = await kysely
    .updateTable('espalier.readers')
    .set({ position: place.position, commit_id: place.id, taken: place.taken, attempts, problem })
    .where('name', '=', hold.name)
    .where('owner', '=', hold.owner)
    .where('position', '=', from.position)
    .where('commit_id', '=', from.id)
    .where('taken', '=', from.taken)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Says why the reader does not get on; a cursor that is saved later takes it away. */
export async function noteProblem(kysely: Kysely<Tables>, { name, owner }: ReaderHold, problem: string): Promise<void> {
  await kysely.updateTable('espalier.readers').set({ problem }).where('name', '=', name).where('owner', '=', owner).execute();
}

/** Goes past an event that cannot be taken, and keeps it for people to look at. */
export async function poisonEvent(
  kysely: Kysely<Tables>,
  hold: ReaderHold,
  poison: ReaderStep & { event: LogEvent; problem: string },
): Promise<void> {
  const { event, from, place, attempts, problem } = poison;
  await kysely.transaction().execute(async (trx) => {
    const { tenant, stream, seq } = event;
    const row = { name: hold.name, tenant, stream, seq, problem, attempts };
    await trx
      .insertInto('espalier.poisoned_events')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await saveReader(trx, hold, { from, place, attempts: 0, problem: null });
  });
}

export async function releaseReader(kysely: Kysely<Tables>, { name, owner }: ReaderHold): Promise<void> {
  await sql`update espalier.readers set owner = null, lease_until = null where name = ${name} and owner = ${owner}`.execute(kysely);
}
