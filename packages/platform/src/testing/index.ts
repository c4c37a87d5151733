/* For tests of other packages. */
export { describePostgres, migratedDatabase } from '@espalier/store/testing';
