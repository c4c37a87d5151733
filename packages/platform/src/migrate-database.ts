import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import type { SchemaStatus } from '@espalier/store';
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
  const directory = resolve(stateDirectory, 'database');
  if (databaseUrl === undefined && move !== 'up' && !existsSync(directory)) {
    throw new EspalierError(
      'input.invalid',
      `There is no database in ${stateDirectory} yet: the first run makes it, with the schema of this version.`,
    );
  }
  const { migrate } = await import('@espalier/store');
  return migrate(databaseUrl === undefined ? { directory } : { url: databaseUrl }, move);
}
