import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { isAlive, ownIdentity, type ProcessIdentity, processIdentitySchema } from './process-identity.ts';
import { systemCode } from './storage-failure.ts';

const ownerSchema = processIdentitySchema.extend({ token: z.string().regex(/^[0-9a-f-]{36}$/) });
type Owner = z.infer<typeof ownerSchema>;

/** The outcome of trying to become the only writer. */
export type LockAttempt = { held: true; release(): Promise<void> } | { held: false; owner: ProcessIdentity };

/**
 * Tries once to take the exclusive lock file `path`, whose directory exists. The lock of a dead process is taken over;
 * of several processes that try at the same time exactly one succeeds.
 */
export async function takeWriterLock(path: string): Promise<LockAttempt> {
  const mine: Owner = { ...(await ownIdentity()), token: randomUUID() };
  const other = await acquire(path, mine);
  if (other !== undefined) return { held: false, owner: other };
  return { held: true, release: () => release(path, mine) };
}

/** @returns the live owner that stands in the way, or undefined once `path` is ours. */
async function acquire(path: string, mine: Owner): Promise<Owner | undefined> {
  for (;;) {
    if (await create(path, mine)) return undefined;
    const owner = await readOwner(path);
    if (owner === 'none') continue;
    if (owner !== 'unreadable' && (await isAlive(owner))) return owner;
    const blocker = await takeOver(path, owner, mine);
    if (blocker !== 'changed') return blocker;
  }
}

/**
 * Replaces a dead owner. Removing its file and creating ours would race: a slower process could remove *ours*. So only the
 * holder of a guard named after the dead owner may replace the file, and looks again first. The guard is a lock like this one:
 * if its holder dies half-way, the next process takes the guard over in the same manner.
 */
async function takeOver(path: string, dead: Owner | 'unreadable', mine: Owner): Promise<Owner | undefined | 'changed'> {
  const guard = `${path}.${tokenOf(dead)}`;
  const other = await acquire(guard, mine);
  if (other !== undefined) return other;
  try {
    if (tokenOf(await readOwner(path)) !== tokenOf(dead)) return 'changed';
    await replace(path, mine);
    return undefined;
  } finally {
    await release(guard, mine);
  }
}

function tokenOf(owner: Owner | 'unreadable' | 'none'): string {
  return typeof owner === 'string' ? owner : owner.token;
}

/** A link appears with its content already in place, so that nobody ever sees the half-written lock of a live process. */
async function create(path: string, owner: Owner): Promise<boolean> {
  const temporary = `${path}.${owner.token}.new`;
  await writeFile(temporary, JSON.stringify(owner));
  try {
    await link(temporary, path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replace(path: string, owner: Owner): Promise<void> {
  const temporary = `${path}.${owner.token}.new`;
  await writeFile(temporary, JSON.stringify(owner));
  await rename(temporary, path);
}

/** A lock that cannot be read was cut short by a power cut: its owner is gone. */
async function readOwner(path: string): Promise<Owner | 'unreadable' | 'none'> {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : 'unreadable';
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return 'none';
    if (thrown instanceof SyntaxError) return 'unreadable';
    throw thrown;
  }
}

async function release(path: string, mine: Owner): Promise<void> {
  if (tokenOf(await readOwner(path)) === mine.token) await rm(path, { force: true });
}
