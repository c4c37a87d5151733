import { EspalierError } from '@espalier/core';
import { sql } from 'kysely';
import { openEmbedded } from '../embedded/open-embedded.ts';
import { findTemplate } from '../embedded/template.ts';
import { prepareSchema, schemaHash } from '../migrations/embedded-schema.ts';
import type { Database } from './database.ts';
import { databaseFault } from './database-fault.ts';
import { pgliteDatabase } from './pglite-database.ts';
import { postgresDatabase } from './postgres-database.ts';

/** Where the data is: in a directory of this machine, for one process at a time, or on a PostgreSQL server. */
export type DatabaseLocation = { directory: string } | { url: string; connections?: number };

const oldestServer = 15;

/** Opens a database as it is. @throws EspalierError `database.locked`, `database.corrupt`, `database.incompatible`, `database.unavailable`, … */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  if ('directory' in location) {
    const template = await findTemplate({ key: schemaHash() });
    const { pglite, close } = await openEmbedded({ directory: location.directory, template, prepare: prepareSchema });
    return pgliteDatabase(pglite, close);
  }
  const database = postgresDatabase(location);
  try {
    await requireServer(database);
    return database;
  } catch (thrown) {
    await database.close().catch(() => {});
    throw databaseFault(thrown);
  }
}

async function requireServer({ kysely }: Database): Promise<void> {
  const { rows } = await sql<{ version: string; number: number }>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number`.execute(kysely);
  const [server] = rows;
  if (!server || server.number >= oldestServer * 10_000) return;
  throw new EspalierError('database.incompatible', `The server is PostgreSQL ${server.version}; Espalier needs ${oldestServer} or newer.`);
}
