import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { EspalierError } from '@espalier/core';
import { systemCode } from '@espalier/runtime/storage';
import type { ControlFile } from './control-file.ts';
import { pgliteOptions } from './pglite-options.ts';

/** Where the database `postgres`, the one PGlite connects to, has its files: its number is the same everywhere. */
const ourDatabase = 'base/5';

/** How many idle seconds mean that PGlite will never answer. It works without a pause, so it should see hardly any. */
const idleSeconds = 30;

/**
 * Opens the database in `directory`, which was found sound as far as can be seen from outside. If that fails and the database had been
 * closed in order, what opening writes is taken back.
 * @throws EspalierError `database.corrupt` with the server's own words.
 */
export async function openExisting(directory: string, control: ControlFile): Promise<PGlite> {
  const said: string[] = [];
  const restore = control.closed ? await remember(directory, control) : undefined;
  try {
    return await unlessStuck(PGlite.create({ ...pgliteOptions, dataDir: directory, onStderr: (line) => said.push(line) > 0 }));
  } catch (thrown) {
    await restore?.();
    throw unopened(thrown, { directory, said, restored: restore !== undefined });
  }
}

/** What a server writes or drops before it has looked at a table: its pid, the control file, the end of the WAL, and caches. */
async function remember(directory: string, { wal }: ControlFile): Promise<() => Promise<void>> {
  const names = ['postmaster.pid', 'global/pg_control', `pg_wal/${wal.name}`, 'global/pg_internal.init', `${ourDatabase}/pg_internal.init`];
  const paths = names.map((name) => join(directory, name));
  const before = await Promise.all(paths.map(async (path) => ({ path, content: await contentOf(path) })));
  return async () => {
    for (const { path, content } of before) await (content ? writeFile(path, content) : rm(path, { force: true }));
  };
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Idle seconds are counted rather than time: replaying a long WAL blocks this thread, and must not count as being stuck. */
async function unlessStuck(opening: Promise<PGlite>): Promise<PGlite> {
  const stuck = Promise.withResolvers<never>();
  let idle = 0;
  const clock = setInterval(() => {
    idle += 1;
    if (idle === idleSeconds) stuck.reject(new Error(`the database engine did not answer within ${idleSeconds} seconds`));
  }, 1000);
  try {
    return await Promise.race([opening, stuck.promise]);
  } finally {
    clearInterval(clock);
  }
}

function unopened(thrown: unknown, { directory, said, restored }: { directory: string; said: string[]; restored: boolean }): EspalierError {
  const words = said.findLast((line) => /FATAL|PANIC/.test(line)) ?? (thrown instanceof Error ? thrown.message : String(thrown));
  const changed = restored ? 'Nothing was changed' : 'Its recovery after a crash has begun and may have changed it: keep a copy as it is';
  const message = `The database ${directory} cannot be opened: ${words.trim()}. ${changed}. Restore it from a backup, or name another directory to start anew.`;
  return new EspalierError('database.corrupt', message, { details: { directory, reason: words.trim() }, cause: thrown });
}
