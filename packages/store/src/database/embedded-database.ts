import { maintain } from '../embedded/maintain.ts';
import { openEmbedded } from '../embedded/open-embedded.ts';
import { findTemplate } from '../embedded/template.ts';
import { prepareSchema, schemaHash } from '../migrations/embedded-schema.ts';
import type { Database } from './database.ts';
import { pgliteDatabase } from './pglite-database.ts';

/** Opens the database in a directory; a new one is a copy of the template or, where none was built, made here. @throws EspalierError `database.*`. */
export async function openEmbeddedDatabase(directory: string): Promise<Database> {
  const template = await findTemplate({ key: schemaHash() });
  const { pglite, close } = await openEmbedded({ directory, template, prepare: prepareSchema });
  return pgliteDatabase(pglite, async () => {
    await maintain(pglite).catch(() => {}); // the next close does it
    await close();
  });
}
