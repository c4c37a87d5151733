import type { PGlite } from '@electric-sql/pglite';
import { sha256 } from '@espalier/core';
import { pgliteDatabase } from '../database/pglite-database.ts';
import { migrateUp } from './migrate.ts';
import { migrations } from './migrations.ts';

/** Tells schemas apart: a template database made for another one is not used. */
export function schemaHash(): string {
  return sha256(
    Object.entries(migrations)
      .map(([name, { up }]) => `${name}\n${up}`)
      .join('\n'),
  ).slice(0, 16);
}

/** Brings a new embedded database to the current schema. */
export async function prepareSchema(pglite: PGlite): Promise<void> {
  await migrateUp(pgliteDatabase(pglite, async () => {}));
}
