import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { sha256 } from '@espalier/core';
import { pgliteDatabase } from '../database/pglite-database.ts';
import { migrateUp } from './migrate.ts';
import { migrations } from './migrations.ts';

/**
 * Tells schemas apart: a template database made for another one is not used. It is taken from the files of the migrations, as the text of
 * their functions depends on what compiled them: Node, or a test runner, which would then build, and remove, each other's templates.
 */
export function schemaHash(): string {
  const names = Object.keys(migrations);
  const texts = names.map((name) => readFileSync(join(import.meta.dirname, `${name.replaceAll('_', '-')}.ts`), 'utf8'));
  return sha256(texts.map((text, index) => `${names[index]}\n${text}`).join('\n')).slice(0, 16);
}

/** Brings a new embedded database to the current schema. */
export async function prepareSchema(pglite: PGlite): Promise<void> {
  await migrateUp(pgliteDatabase(pglite, async () => {}));
}
