import { existsSync } from 'node:fs';
import { constants, type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

const directoryFlags = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * A directory that stays the same one while work is done in it, whatever happens to its path meanwhile.
 * Linux: an open descriptor, and names below it through `/proc/self/fd`, which nobody can redirect. Elsewhere Node offers no such way:
 * the directory is checked not to be a link and then used by its path, so that a hostile process could still swap it in between.
 */
export class PinnedDirectory implements AsyncDisposable {
  /** Names below this path are in the pinned directory. */
  readonly path: string;
  readonly #handle: FileHandle | undefined;

  private constructor(path: string, handle?: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** @param path of a directory that is no link. @throws the file system's error: ENOENT, ENOTDIR, ELOOP, … */
  static async open(path: string): Promise<PinnedDirectory> {
    if (!existsSync('/proc/self/fd')) {
      await checkDirectory(path);
      return new PinnedDirectory(path);
    }
    const handle = await open(path, directoryFlags);
    return new PinnedDirectory(`/proc/self/fd/${handle.fd}`, handle);
  }

  /** Pins a directory in this one. */
  child(name: string): Promise<PinnedDirectory> {
    return PinnedDirectory.open(this.at(name));
  }

  /** The path of a name in this directory. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Makes the names in the directory survive a power cut. */
  async sync(): Promise<void> {
    await this.#handle?.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle?.close();
  }
}

async function checkDirectory(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
}
