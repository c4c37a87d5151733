import { dirname, resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { EspalierError } from '@espalier/core';
import { makeDirectory, storageFailure, takeWriterLock } from '@espalier/runtime/storage';
import { createDirectory, type Origin } from './create-directory.ts';
import { examineDirectory } from './examine-directory.ts';
import { openExisting } from './open-existing.ts';

export interface EmbeddedOptions extends Origin {
  /** Where the database is, or is to be. Its lock lies beside it, at `<directory>.lock`. */
  directory: string;
}

/** An open embedded database, which no other process can open. */
export interface Embedded {
  pglite: PGlite;
  /** Whether it was made just now. */
  isNew: boolean;
  /** Closes the database, then lets others have it. */
  close(): Promise<void>;
}

/**
 * Opens the embedded database in `directory`; if there is none, makes it first, from `template` or with `prepare`.
 * PGlite does not sync files: a committed transaction survives the death of this process, but not a power cut.
 * @throws EspalierError `database.locked`, `database.incompatible`, `database.corrupt`, `storage.failed`.
 */
export async function openEmbedded({ directory: given, ...origin }: EmbeddedOptions): Promise<Embedded> {
  const directory = resolve(given);
  try {
    await makeDirectory(dirname(directory));
    const lock = await takeWriterLock(`${directory}.lock`);
    if (!lock.held) throw lockedBy(lock.owner, directory);
    try {
      const { pglite, isNew } = await openLocked(directory, origin);
      return { pglite, isNew, close: () => closeAndRelease(pglite, lock.release) };
    } catch (thrown) {
      await lock.release();
      throw thrown;
    }
  } catch (thrown) {
    throw storageFailure(thrown, `open the database ${directory}`);
  }
}

async function openLocked(directory: string, origin: Origin): Promise<{ pglite: PGlite; isNew: boolean }> {
  const present = await examineDirectory(directory);
  if (present) return { pglite: await openExisting(directory, present), isNew: false };
  await createDirectory(directory, origin);
  const created = await examineDirectory(directory);
  if (!created) throw new EspalierError('internal.defect', `The database ${directory} was expected to be there after it was made.`);
  return { pglite: await openExisting(directory, created), isNew: true };
}

async function closeAndRelease(pglite: PGlite, release: () => Promise<void>): Promise<void> {
  try {
    if (!pglite.closed) await pglite.close();
  } finally {
    await release();
  }
}

function lockedBy({ pid, host }: { pid: number; host: string }, directory: string): EspalierError {
  const mine = pid === process.pid;
  const who = mine ? 'this process has it open already' : `process ${pid} on ${host} has it open`;
  const advice = mine
    ? 'Close it first.'
    : 'Stop that process, act from its own terminal, or set DATABASE_URL to a PostgreSQL server, which takes many processes.';
  return new EspalierError('database.locked', `The database ${directory} is for one process, and ${who}. ${advice}`, {
    details: { directory, pid, host },
  });
}
