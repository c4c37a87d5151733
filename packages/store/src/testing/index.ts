/* For tests of other packages. */
export { cuttableLine } from './cuttable-line.ts';
export { describePostgres, type TestPostgres } from './describe-postgres.ts';
export { migratedDatabase } from './describe-stores.ts';
export { startedEvent } from './sample-runs.ts';
