import { PGlite, type PGliteOptions, types } from '@electric-sql/pglite';

/**
 * How every PGlite of ours is opened. `bigint` comes back as a string, as with `pg`. Small WAL segments keep a new database
 * at 30 MB instead of 39; the limit on WAL is what PostgreSQL would derive from segments of 4 MB. Buffers of 128 MB, PostgreSQL's own
 * measure, take 45 ms of every start and 70 MB of memory; the system caches the files as well.
 */
export const pgliteOptions: PGliteOptions = {
  relaxedDurability: false,
  parsers: { [types.INT8]: (text: string) => text },
  startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB'],
  initDbStartParams: ['--wal-segsize=1', '-c', 'min_wal_size=2MB', '-c', 'max_wal_size=256MB'],
};

/** What the databases of this PGlite call themselves: PG_VERSION, and the numbers in `global/pg_control`. */
export const pgliteFormat = { version: '18', control: 1800, catalog: 202506291 };
