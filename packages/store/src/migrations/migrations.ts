import type { Migration } from 'kysely/migration';
import { log } from './0001-log.ts';
import { runs } from './0002-runs.ts';
import { readers } from './0003-readers.ts';
import { tenants } from './0004-tenants.ts';
import { queue } from './0005-queue.ts';
import { memory } from './0006-memory.ts';
import { evaluations } from './0007-evaluations.ts';
import { usage } from './0008-usage.ts';

/** In order. One that has been released never changes: a change of the schema is a new one. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_log': log,
  '0002_runs': runs,
  '0003_readers': readers,
  '0004_tenants': tenants,
  '0005_queue': queue,
  '0006_memory': memory,
  '0007_evaluations': evaluations,
  '0008_usage': usage,
};
