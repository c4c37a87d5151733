import type { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { Database, Statement, StatementResult } from './database.ts';
import { databaseFault } from './database-fault.ts';
import { PGliteDriver } from './pglite-driver.ts';
import { createPreparedStatements } from './pglite-statements.ts';
import type { Tables } from './tables.ts';

/** A PGlite as a Database. @param onClose closes the PGlite and what belongs to it. */
export function pgliteDatabase(pglite: PGlite, onClose: () => Promise<void>): Database {
  const driver = new PGliteDriver(pglite);
  const performPrepared = createPreparedStatements(pglite);
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return {
    engine: 'pglite',
    kysely,
    parallelism: 1,
    async perform<Row>(statement: Statement, values: readonly unknown[]): Promise<StatementResult<Row>> {
      await driver.acquireConnection();
      try {
        return await performPrepared<Row>(statement, values);
      } catch (thrown) {
        throw databaseFault(thrown);
      } finally {
        await driver.releaseConnection();
      }
    },
    async performScript(text) {
      await driver.acquireConnection();
      try {
        return (await pglite.exec(text)).flatMap(({ rows }) => rows);
      } catch (thrown) {
        await pglite.exec('rollback'); // the script may have begun a transaction
        throw databaseFault(thrown);
      } finally {
        await driver.releaseConnection();
      }
    },
    async close() {
      await kysely.destroy();
      await onClose();
    },
  };
}
