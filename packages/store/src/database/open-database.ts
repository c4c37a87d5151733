import { EspalierError } from '@espalier/core';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { databaseFault } from './database-fault.ts';
import type { PostgresOptions } from './postgres-database.ts';

/** Where the data is: in a directory of this machine, for one process at a time, or on a PostgreSQL server. */
export type DatabaseLocation = { directory: string } | PostgresOptions;

const oldestServer = 15;

/** Opens a database as it is. @throws EspalierError `database.locked`, `database.corrupt`, `database.incompatible`, `database.unavailable`, … */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  // Of the two engines a process loads the one that it needs.
  if ('directory' in location) {
    const { openEmbeddedDatabase } = await import('./embedded-database.ts');
    return openEmbeddedDatabase(location.directory);
  }
  requirePostgresUrl(location.url);
  const { postgresDatabase } = await import('./postgres-database.ts');
  const database = postgresDatabase(location);
  try {
    await requireServer(database);
    return database;
  } catch (thrown) {
    await database.close().catch(() => {});
    throw databaseFault(thrown);
  }
}

/** The text itself is not repeated: it may hold a password. */
function requirePostgresUrl(text: string): void {
  const { protocol } = URL.canParse(text) ? new URL(text) : {};
  if (protocol === 'postgres:' || protocol === 'postgresql:') return;
  const message = 'The URL of the database is not one of PostgreSQL: expected postgres://user:password@host:port/database.';
  throw new EspalierError('input.invalid', message);
}

async function requireServer({ kysely }: Database): Promise<void> {
  const { rows } = await sql<{ version: string; number: number }>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number`.execute(kysely);
  const [server] = rows;
  if (!server || server.number >= oldestServer * 10_000) return;
  throw new EspalierError('database.incompatible', `The server is PostgreSQL ${server.version}; Espalier needs ${oldestServer} or newer.`);
}
