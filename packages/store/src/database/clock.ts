import { sql } from 'kysely';
import type { Database } from './database.ts';
import { databaseFault } from './database-fault.ts';

/** The time that all processes of one database agree on: timers that one sets, another waits for. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Asks the database what time it is. @throws EspalierError `database.*`. */
  sync(): Promise<void>;
}

/**
 * The clock of the database, carried on by this machine's monotonic one between two questions: a clock of this machine that is set
 * forward or back changes nothing. An embedded database has no other clock than the process.
 */
export async function createClock({ engine, kysely }: Database): Promise<Clock> {
  if (engine === 'pglite') return { now: Date.now, sync: async () => {} };
  let offset = Number.NEGATIVE_INFINITY;
  const sync = async () => {
    const asked = performance.now();
    const { rows } = await sql<{ now: number }>`select extract(epoch from clock_timestamp())::float8 * 1000 as now`.execute(kysely);
    const answered = performance.now();
    const measured = (rows[0]?.now ?? Date.now()) - answered; // behind by the answer's way, never ahead
    const isWithinItsError = offset > measured && offset - measured <= answered - asked;
    if (!isWithinItsError) offset = measured;
  };
  await sync().catch((thrown: unknown) => {
    throw databaseFault(thrown);
  });
  return { now: () => Math.floor(performance.now() + offset), sync };
}
