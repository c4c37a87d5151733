import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import { beginning } from './cursor.ts';

/**
 * Makes sure that the log knows where it is. Positions are transaction ids, which mean nothing in another cluster: if the data was restored into one,
 * positions are shifted below all that are to come, which keeps their order, and cursors of the log before expire (S4).
 */
export async function ensureIncarnation({ kysely }: Database): Promise<void> {
  try {
    const cluster = await currentCluster(kysely);
    const known = await kysely.selectFrom('espalier.log').selectAll().executeTakeFirst();
    if (known?.cluster === cluster) return;
    await kysely.transaction().execute(async (trx) => {
      await sql`lock table espalier.log in exclusive mode`.execute(trx); // of several processes that open, one does it
      const found = await trx.selectFrom('espalier.log').selectAll().executeTakeFirst();
      if (found?.cluster === cluster) return;
      const incarnation = randomUUID();
      if (found) {
        await shiftPositions(trx);
        await trx.updateTable('espalier.log').set({ incarnation, cluster }).execute();
      } else await trx.insertInto('espalier.log').values({ incarnation, cluster }).execute();
    });
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

/** The incarnation as it is now. @throws EspalierError `database.*`. */
export async function currentIncarnation({ kysely }: Database): Promise<string> {
  try {
    return (await kysely.selectFrom('espalier.log').select('incarnation').executeTakeFirstOrThrow()).incarnation;
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

type Executor = Parameters<ReturnType<typeof sql>['execute']>[0];

/** Which cluster, timeline and database this is: another one after a restore, a failover, or a copy of the database. */
async function currentCluster(kysely: Executor): Promise<string> {
  const { rows } = await sql<{ cluster: string }>`
    select concat_ws('/', s.system_identifier, c.timeline_id, d.oid) as cluster
    from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database()`.execute(kysely);
  return rows[0]?.cluster ?? '';
}

async function shiftPositions(trx: Executor): Promise<void> {
  const { rows } = await sql<{ highest: string }>`select coalesce(max(position), 0) as highest from espalier.streams`.execute(trx);
  const highest = rows[0]?.highest ?? '0';
  await sql`update espalier.streams set position = position - ${highest}::bigint - 1`.execute(trx);
  await sql`update espalier.commits set position = position - ${highest}::bigint - 1`.execute(trx);
  // A reader may stand before all events, or behind the last of them at a transaction of the old cluster.
  await sql`
    update espalier.readers set position = least(position, ${highest}::bigint) - ${highest}::bigint - 1
    where position <> ${beginning.position}::bigint`.execute(trx);
}
