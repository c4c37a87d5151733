/* For tests of other packages. */
export { describePostgres, type TestPostgres } from './describe-postgres.ts';
export { migratedDatabase } from './describe-stores.ts';
