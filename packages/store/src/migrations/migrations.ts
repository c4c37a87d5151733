import type { Migration } from 'kysely/migration';
import { log } from './0001-log.ts';
import { runs } from './0002-runs.ts';
import { readers } from './0003-readers.ts';
import { tenants } from './0004-tenants.ts';

/** In order. One that has been released never changes: a change of the schema is a new one. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_log': log,
  '0002_runs': runs,
  '0003_readers': readers,
  '0004_tenants': tenants,
};
