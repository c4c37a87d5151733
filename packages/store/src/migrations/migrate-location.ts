import type { Database } from '../database/database.ts';
import { type DatabaseLocation, openDatabase } from '../database/open-database.ts';
import { migrateDown, migrateUp, type SchemaStatus, schemaStatus } from './migrate.ts';

/** Moves the schema of a database that nobody has open here. `down` takes back one migration. */
export async function migrate(
  location: DatabaseLocation,
  move: 'up' | 'down' | 'status',
): Promise<{ done: string[]; status: SchemaStatus }> {
  const database = await openDatabase(location);
  try {
    const done = await moved(database, move);
    return { done, status: await schemaStatus(database) };
  } finally {
    await database.close();
  }
}

async function moved(database: Database, move: 'up' | 'down' | 'status'): Promise<string[]> {
  if (move === 'up') return migrateUp(database);
  const name = move === 'down' ? await migrateDown(database) : undefined;
  return name === undefined ? [] : [name];
}
