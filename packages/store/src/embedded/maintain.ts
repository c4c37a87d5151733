import type { PGlite } from '@electric-sql/pglite';

/** Transactions between two cleanings: few enough that a table of updated rows stays small, and one takes a fraction of a second. */
const transactions = 10_000;

/**
 * Does what PostgreSQL's autovacuum would: a PGlite has no processes beside its own. Removes old versions of rows, freezes transaction
 * ids and gathers the planner's statistics, once enough has happened since the last time.
 */
export async function maintain(pglite: PGlite): Promise<boolean> {
  const { rows } = await pglite.query<{ age: number | null }>(
    `select max(age(relfrozenxid)) as age from pg_class where relnamespace = to_regnamespace('espalier') and relkind = 'r'`,
  );
  if ((rows[0]?.age ?? 0) < transactions) return false;
  await pglite.exec('vacuum (freeze, analyze)');
  return true;
}
