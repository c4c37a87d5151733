import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import type { Database } from '../database/database.ts';
import { pgliteDatabase } from '../database/pglite-database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import { describePostgres } from './describe-postgres.ts';
import { openTestPglite } from './open-test-pglite.ts';

/** Opens a new, empty database, without a schema of ours. */
type OpenDatabase = () => Promise<{ database: Database }>;

/** A `describe` for tests on each engine that want no store yet (await it). */
export async function describeDatabases(title: string, body: (open: OpenDatabase) => void): Promise<void> {
  describe(`${title} [PGlite]`, () =>
    body(async () => {
      const { pglite, close } = await openTestPglite({ migrated: false });
      return { database: pgliteDatabase(pglite, close) };
    }));
  await describePostgres(title, (postgres) =>
    body(async () => {
      const url = await postgres.createDatabase(`espalier_${randomUUID()}`);
      return { database: postgresDatabase({ url }) };
    }),
  );
}
