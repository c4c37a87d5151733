import { resolve } from 'node:path';
import { migrate, type SchemaStatus } from '@espalier/store';
import type { PlatformOptions } from './platform.ts';

export type SchemaMove = 'up' | 'down' | 'status';

/** What a migration came to. */
export interface MigrationReport {
  /** The migrations that were carried out or taken back. */
  done: string[];
  status: SchemaStatus;
}

/** Moves the schema of a platform's database. @throws EspalierError `database.*`. */
export async function migrateDatabase(
  { stateDirectory, databaseUrl }: Pick<PlatformOptions, 'stateDirectory' | 'databaseUrl'>,
  move: SchemaMove,
): Promise<MigrationReport> {
  return migrate(databaseUrl === undefined ? { directory: resolve(stateDirectory, 'database') } : { url: databaseUrl }, move);
}
