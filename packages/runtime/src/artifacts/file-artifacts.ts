import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EspalierError, sha256 } from '@espalier/core';
import type { Artifacts } from '../ports/artifacts.ts';
import { makeDirectory, syncDirectory, writeFileDurably } from '../storage/durable-file.ts';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';
import { checkHash } from './artifact-hash.ts';

/** Artifacts as files `<root>/artifacts/<first 2 digits>/<other 62>`, on the disk when `put` resolves and verified when read. */
export class FileArtifacts implements Artifacts {
  readonly adapter = 'file';
  readonly #root: string;

  /** @param root the state directory; created by the first `put`. */
  constructor(root: string) {
    this.#root = root;
  }

  async put(content: Uint8Array): Promise<string> {
    // A copy, so that what is written is what was hashed even if the caller goes on using its bytes.
    const bytes = Uint8Array.from(content);
    const hash = sha256(bytes);
    const { path, name } = this.#place(hash);
    try {
      if (await holds(path, hash)) {
        // Another writer may have renamed its file into place without having synced the name yet.
        await syncDirectory(dirname(path));
      } else {
        await makeDirectory(dirname(path));
        await writeFileDurably(path, bytes);
      }
    } catch (thrown) {
      throw storageFailure(thrown, `write ${name}`);
    }
    return hash;
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    checkHash(hash);
    const { path, name } = this.#place(hash);
    const content = await readIfPresent(path).catch((thrown: unknown) => {
      throw storageFailure(thrown, `read ${name}`);
    });
    if (content !== undefined && sha256(content) !== hash) {
      throw new EspalierError('storage.failed', `${name} no longer holds the content with that hash: restore it from a backup.`);
    }
    return content;
  }

  #place(hash: string): { path: string; name: string } {
    const name = `artifacts/${hash.slice(0, 2)}/${hash.slice(2)}`;
    return { path: join(this.#root, name), name };
  }
}

/** Whether the file has the content with that hash. A damaged file is replaced by the next `put` of the same content. */
async function holds(path: string, hash: string): Promise<boolean> {
  const content = await readIfPresent(path);
  return content !== undefined && sha256(content) === hash;
}

async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
