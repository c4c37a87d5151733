import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';

/** How far one reader is behind. */
export interface ReaderStatus {
  name: string;
  /** Events that it has not taken yet, of all types. */
  behind: number;
  /** The time of the first of these, in milliseconds since the epoch. */
  oldestAt: number | undefined;
  /** Failed tries of the event that comes next, and why. */
  attempts: number;
  problem: string | undefined;
  /** Events that it could not take and went past. */
  poisoned: number;
}

/** What keeps events from readers. */
export interface HorizonStatus {
  /** Committed events that nobody may read yet, because a transaction is open that began before them. */
  hidden: number;
  /** The oldest open writing transaction of the cluster, if this user may see it. */
  blocking: { pid: number; application: string; openForMs: number } | undefined;
}

export interface LogStatus {
  readers: ReaderStatus[];
  horizon: HorizonStatus;
}

/** Lag of all readers, and of the log itself (S4). */
export async function logStatus({ kysely }: Database): Promise<LogStatus> {
  try {
    const readers = await sql<ReaderRow>`
      select r.name, r.attempts, r.problem, c.behind, next.at as oldest_at,
        (select count(*) from espalier.poisoned_events p where p.name = r.name) as poisoned
      from espalier.readers r
      cross join lateral (
        select coalesce(sum(case when position = r.position and id = r.commit_id then count - r.taken else count end), 0) as behind
        from espalier.commits where (position, id) >= (r.position, r.commit_id)
      ) c
      left join lateral (
        select (events::json -> case when position = r.position and id = r.commit_id then r.taken else 0 end ->> 1)::float8 as at
        from espalier.commits
        where (position, id) >= (r.position, r.commit_id) and not (position = r.position and id = r.commit_id and count <= r.taken)
        order by position, id limit 1
      ) next on true
      order by r.name`.execute(kysely);
    const hidden = await sql<{ hidden: string | null }>`
      select sum(count) as hidden from espalier.commits where position >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint`.execute(
      kysely,
    );
    const blocking = await sql<{ pid: number; application: string; open_for_ms: number }>`
      select pid, application_name as application, extract(epoch from clock_timestamp() - xact_start)::float8 * 1000 as open_for_ms
      from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid() order by age(backend_xid) desc limit 1`.execute(
      kysely,
    );
    const [block] = blocking.rows;
    return {
      readers: readers.rows.map(readerStatus),
      horizon: {
        hidden: Number(hidden.rows[0]?.hidden ?? 0),
        blocking: block && { pid: block.pid, application: block.application, openForMs: block.open_for_ms },
      },
    };
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

type ReaderRow = { name: string; attempts: number; problem: string | null; behind: string; oldest_at: number | null; poisoned: string };

function readerStatus({ name, attempts, problem, behind, oldest_at, poisoned }: ReaderRow): ReaderStatus {
  return {
    name,
    behind: Number(behind),
    oldestAt: oldest_at ?? undefined,
    attempts,
    problem: problem ?? undefined,
    poisoned: Number(poisoned),
  };
}
