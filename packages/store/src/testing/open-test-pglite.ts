import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { openEmbedded } from '../embedded/open-embedded.ts';
import { buildTemplate } from '../embedded/template.ts';
import { prepareSchema, schemaHash } from '../migrations/embedded-schema.ts';

/** A database for one test file: close it afterwards, which removes it. */
export interface TestPglite {
  pglite: PGlite;
  close(): Promise<void>;
}

/** Where a database without a schema is kept for copying. */
const emptyTemplates = join(tmpdir(), 'espalier-empty-template');

/** Opens an embedded database in a temporary directory: a copy of the template, which is built if it is not there yet. */
export async function openTestPglite({ migrated }: { migrated: boolean }): Promise<TestPglite> {
  const template = await buildTemplate(migrated ? { key: schemaHash(), prepare: prepareSchema } : { key: 'empty', root: emptyTemplates });
  const root = await mkdtemp(join(tmpdir(), 'espalier-pglite-'));
  const { pglite, close } = await openEmbedded({ directory: join(root, 'data'), template });
  return {
    pglite,
    close: async () => {
      await close();
      await rm(root, { recursive: true });
    },
  };
}
