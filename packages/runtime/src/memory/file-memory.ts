import { type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EspalierError } from '@espalier/core';
import type { MemoryPlace, MemoryQuery, MemoryStore, NewMemory, StoredMemory, WriteMemoryOptions } from '../ports/memory-store.ts';
import { makeDirectory, syncDirectory, writeFileDurably } from '../storage/durable-file.ts';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';
import { takeWriterLock } from '../storage/writer-lock.ts';
import { type DecodedStore, decodeStore, encodeChange } from './memory-line.ts';
import { queryEntries, storedEntry } from './query-entries.ts';

/** How long a write waits for other processes to end theirs, which take milliseconds. */
const patienceMs = 10_000;

interface OpenStore {
  file: FileHandle;
  path: string;
  name: string;
  store: DecodedStore;
}

/**
 * Memory as text files, `<root>/memory/global.jsonl` and `<root>/memory/project/<id>.jsonl`: one line is one entry, on the disk when `write`
 * resolves. Several processes may write, one at a time. For the engine without a database: forks leave nothing here, as nobody
 * could adopt them.
 */
export class FileMemory implements MemoryStore {
  readonly adapter = 'file';
  readonly #root: string;
  readonly #now: () => number;
  /** Writes of this process, one after another: for others there is the lock. */
  #tail: Promise<unknown> = Promise.resolve();

  /** @param root the state directory; created by the first write. @param now milliseconds since the epoch. */
  constructor(root: string, now: () => number) {
    this.#root = root;
    this.#now = now;
  }

  write(place: MemoryPlace, entry: NewMemory, { maxItems, fork }: WriteMemoryOptions): Promise<void> {
    if (fork !== undefined) return Promise.resolve();
    const writing = this.#tail.then(() => this.#write(place, entry, maxItems));
    this.#tail = writing.catch(() => {});
    return writing;
  }

  async read(place: MemoryPlace, query: MemoryQuery): Promise<StoredMemory[]> {
    const { path, name } = this.#file(place);
    try {
      return queryEntries(decodeStore(await readFile(path), name), query);
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return [];
      throw storageFailure(thrown, `read ${name}`);
    }
  }

  async #write(place: MemoryPlace, entry: NewMemory, keep: number): Promise<void> {
    const { path, name } = this.#file(place);
    try {
      await makeDirectory(dirname(path));
      const release = await lock(`${path}.lock`, name);
      try {
        await using file = await open(path, 'a+');
        const content = await file.readFile();
        const store = decodeStore(content, name);
        if (store.bytes < content.length) await file.truncate(store.bytes);
        if (store.entries.has(entry.id))
          await file.datasync(); // whoever wrote it may have died before it was on the disk
        else await this.#append({ file, path, name, store }, { entry: storedEntry(place, entry, this.#next(store)), keep });
      } finally {
        await release();
      }
    } catch (thrown) {
      throw storageFailure(thrown, `write ${name}`);
    }
  }

  #next({ lastSeq }: DecodedStore): { seq: number; at: number } {
    return { seq: lastSeq + 1, at: this.#now() };
  }

  /** A file with more dropped entries than kept ones is written anew, so that it does not grow for ever. */
  async #append({ file, path, store }: OpenStore, change: { entry: StoredMemory; keep: number }): Promise<void> {
    if (store.lines >= 2 * change.keep) {
      const kept = [...store.entries.values(), change.entry].slice(-change.keep);
      await writeFileDurably(path, Buffer.concat(kept.map((entry) => encodeChange({ entry, keep: change.keep }))));
      return;
    }
    const line = encodeChange(change);
    try {
      const { bytesWritten } = await file.write(line);
      if (bytesWritten < line.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
      await file.datasync();
    } catch (thrown) {
      await file.truncate(store.bytes).catch(() => {}); // else the next write cuts it off
      throw thrown;
    }
    if (store.lines === 0) await syncDirectory(dirname(path));
  }

  #file({ store, project }: MemoryPlace): { path: string; name: string } {
    const name = store === 'global' ? 'memory/global.jsonl' : `memory/project/${project}.jsonl`;
    return { path: join(this.#root, name), name };
  }
}

/** @throws EspalierError `storage.failed` if another process does not let go of it. */
async function lock(path: string, name: string): Promise<() => Promise<void>> {
  const end = performance.now() + patienceMs;
  for (let waitMs = 1; ; waitMs = Math.min(2 * waitMs, 100)) {
    const attempt = await takeWriterLock(path);
    if (attempt.held) return attempt.release;
    if (performance.now() > end) {
      const { pid, host } = attempt.owner;
      throw new EspalierError(
        'storage.failed',
        `${name} is being written by process ${pid} on ${host}. If that no longer exists, delete ${name}.lock.`,
      );
    }
    await sleep(waitMs);
  }
}
