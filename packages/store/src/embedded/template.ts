import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeDirectory } from '@espalier/runtime/storage';
import { z } from 'zod';
import { createDirectory, type Origin } from './create-directory.ts';

const home = join(import.meta.dirname, '../../.template');

/** Where templates are kept; tests have a place of their own. */
interface TemplatePlace {
  /** What the content depends on beside PGlite: a hash of the schema. */
  key: string;
  root?: string;
}

/** The closed database that was built for `key` and this version of PGlite; undefined if there is none. */
export async function findTemplate({ key, root = home }: TemplatePlace): Promise<string | undefined> {
  const directory = join(root, nameOf(key));
  const found = await stat(directory).catch(() => undefined);
  return found?.isDirectory() ? directory : undefined;
}

/**
 * Builds the template for `key` unless it is there, removes those of other keys, and returns its directory.
 * Several builders may run at once: each makes a draft of its own, and the first to finish wins.
 */
export async function buildTemplate({ key, prepare, root = home }: TemplatePlace & Pick<Origin, 'prepare'>): Promise<string> {
  await makeDirectory(root);
  const found = await findTemplate({ key, root });
  if (found !== undefined) return found;
  const directory = join(root, nameOf(key));
  const draft = join(root, `building-${randomUUID()}`);
  await rm(draft, { recursive: true, force: true });
  await createDirectory(draft, { prepare });
  await rename(draft, directory).catch(async (thrown: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if ((await findTemplate({ key, root })) === undefined) throw thrown;
  });
  await removeOthers(root, nameOf(key));
  return directory;
}

/** Builders' drafts stay: they may be under way. Those of killed builders go with `.template`. */
async function removeOthers(root: string, name: string): Promise<void> {
  const old = (await readdir(root)).filter((entry) => entry !== name && !entry.startsWith('building-'));
  await Promise.all(old.map((entry) => rm(join(root, entry), { recursive: true, force: true })));
}

function nameOf(key: string): string {
  return `${pgliteVersion()}-${key}`;
}

/** PGlite's `exports` keep its package.json to itself, which lies two levels above its entry. */
function pgliteVersion(): string {
  const require = createRequire(import.meta.url);
  const manifest: unknown = require(join(require.resolve('@electric-sql/pglite'), '../../package.json'));
  return z.object({ version: z.string() }).parse(manifest).version;
}
