import { EspalierError } from '@espalier/core';
import { type Kysely, sql } from 'kysely';
import { type MigrationResultSet, Migrator } from 'kysely/migration';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import { migrations } from './migrations.ts';

const known = Object.keys(migrations);

/** Where a database stands. */
export interface SchemaStatus {
  /** Names of migrations that were carried out, in order. */
  applied: string[];
  /** Known to this version and not carried out yet, in order. */
  pending: string[];
  /** Carried out by a newer version of Espalier and unknown to this one. */
  unknown: string[];
}

/** Reads only: a database without a schema has everything pending. */
export async function schemaStatus({ kysely }: Database): Promise<SchemaStatus> {
  const applied = await appliedMigrations(kysely).catch((thrown: unknown) => {
    throw databaseFault(thrown);
  });
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

async function appliedMigrations(kysely: Database['kysely']): Promise<string[]> {
  const table = await sql<{ found: string | null }>`select to_regclass('espalier.migrations')::text as found`.execute(kysely);
  if (!table.rows[0]?.found) return [];
  const { rows } = await sql<{ name: string }>`select name from espalier.migrations order by name`.execute(kysely);
  return rows.map(({ name }) => name);
}

/** Carries out everything pending; with several processes at once, one does and the others wait. @returns the names of what this call carried out. */
export async function migrateUp(database: Database): Promise<string[]> {
  const status = await schemaStatus(database);
  refuseNewer(status);
  // The migrator asks for every table of the database before it finds that there is nothing to do.
  return status.pending.length === 0 ? [] : named(await migratorOf(database).migrateToLatest());
}

/** Takes back the last migration, and with it the data that it made room for. @returns its name, or undefined if nothing is left. */
export async function migrateDown(database: Database): Promise<string | undefined> {
  refuseNewer(await schemaStatus(database));
  return named(await migratorOf(database).migrateDown())[0];
}

/** @throws EspalierError `database.schema_behind`, `database.schema_newer` unless the schema is the one this version was written for. */
export async function requireCurrentSchema(database: Database): Promise<void> {
  const status = await schemaStatus(database);
  refuseNewer(status);
  if (status.pending.length === 0) return;
  const found = status.applied.length === 0 ? 'has no schema of Espalier yet' : `is at ${status.applied.at(-1)}`;
  throw new EspalierError('database.schema_behind', `The database ${found}; this version needs ${known.at(-1)}.`, {
    details: { pending: status.pending },
  });
}

function refuseNewer({ unknown }: SchemaStatus): void {
  if (unknown.length === 0) return;
  const message = `The database was migrated by a newer version of Espalier, to ${unknown.at(-1)}; this one knows ${known.at(-1)}.`;
  throw new EspalierError('database.schema_newer', message, { details: { unknown } });
}

function migratorOf({ kysely }: Database): Migrator {
  return new Migrator({
    db: kysely as unknown as Kysely<never>,
    provider: { getMigrations: async () => migrations },
    migrationTableSchema: 'espalier',
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
}

function named({ error, results = [] }: MigrationResultSet): string[] {
  if (error === undefined) return results.map(({ migrationName }) => migrationName);
  const fault = databaseFault(error);
  if (error instanceof EspalierError || fault.code === 'database.unavailable') throw fault;
  const failed = results.find(({ status }) => status === 'Error')?.migrationName;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${failed ? `Migration ${failed}` : 'The migration'} failed and was rolled back: ${reason}.`;
  throw new EspalierError('database.migration_failed', message, { cause: error });
}
