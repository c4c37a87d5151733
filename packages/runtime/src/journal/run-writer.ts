import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { EspalierError, type TimedEvent } from '@espalier/core';
import { makeDirectory, syncDirectory } from '../storage/durable-file.ts';
import { storageFailure } from '../storage/storage-failure.ts';
import { takeWriterLock } from '../storage/writer-lock.ts';
import { checkSeq } from './append-check.ts';
import { decodeJournal, encodeCommit } from './journal-line.ts';

/** Where the journal of one run is, and how messages name it. */
export interface RunPlace {
  run: string;
  /** Absolute or relative to the working directory. */
  directory: string;
  /** The same directory relative to what the user named: `runs/<run>`. */
  name: string;
}

/** The file that holds the journal inside a run's directory. */
export const journalFile = 'journal.jsonl';
const lockFile = 'writer.lock';

/** The only writer of one run's journal: holds its lock and its open file. */
export class RunWriter {
  readonly #place: RunPlace;
  readonly #file: FileHandle;
  readonly #unlock: () => Promise<void>;
  #bytes: number;
  #lastSeq: number;
  #queue: Promise<void> = Promise.resolve();
  /** Whether part of a failed commit may still be in the file. */
  #torn = false;

  private constructor(place: RunPlace, opened: OpenedJournal, unlock: () => Promise<void>) {
    this.#place = place;
    this.#file = opened.file;
    this.#bytes = opened.bytes;
    this.#lastSeq = opened.lastSeq;
    this.#unlock = unlock;
  }

  /**
   * Takes the lock, creates the journal if there is none, and cuts off the torn tail of a commit that was never acknowledged.
   * @throws EspalierError `journal.locked`, `journal.corrupt`, `storage.failed`.
   */
  static async open(place: RunPlace): Promise<RunWriter> {
    try {
      await makeDirectory(place.directory);
      const lock = await takeWriterLock(join(place.directory, lockFile));
      if (!lock.held) throw lockedBy(lock.owner, place);
      try {
        return new RunWriter(place, await openJournal(place), lock.release);
      } catch (thrown) {
        await lock.release();
        throw thrown;
      }
    } catch (thrown) {
      throw storageFailure(thrown, `open ${place.name}/${journalFile} for writing`);
    }
  }

  /** Appends one commit after all those asked for before it. @throws as Journal.append. */
  append(expectedSeq: number, events: readonly TimedEvent[]): Promise<void> {
    const done = this.#queue.then(() => this.#commit(expectedSeq, events));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** Waits for the appends under way, then closes the file and gives the lock back. */
  async close(): Promise<void> {
    await this.#queue;
    await this.#file.close();
    await this.#unlock();
  }

  async #commit(expectedSeq: number, events: readonly TimedEvent[]): Promise<void> {
    checkSeq(this.#place.run, expectedSeq, this.#lastSeq);
    const line = encodeCommit(expectedSeq + 1, events);
    try {
      if (this.#torn) await this.#cutOff();
      this.#torn = true;
      await this.#write(line);
      this.#torn = false;
    } catch (thrown) {
      if (this.#torn) await this.#cutOff().catch(() => undefined);
      throw storageFailure(thrown, `write ${this.#place.name}/${journalFile}`);
    }
    this.#bytes += line.length;
    this.#lastSeq += events.length;
  }

  /** Removes what a failed commit left. If that fails too, the next commit tries it again before it writes. */
  async #cutOff(): Promise<void> {
    await this.#file.truncate(this.#bytes);
    this.#torn = false;
  }

  async #write(line: Buffer): Promise<void> {
    const { bytesWritten } = await this.#file.write(line);
    if (bytesWritten < line.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
    await this.#file.datasync();
  }
}

interface OpenedJournal {
  file: FileHandle;
  bytes: number;
  lastSeq: number;
}

async function openJournal(place: RunPlace): Promise<OpenedJournal> {
  const file = await open(join(place.directory, journalFile), 'a+');
  try {
    const content = await file.readFile();
    const { lastSeq, bytes } = decodeJournal(content, `${place.name}/${journalFile}`, Number.POSITIVE_INFINITY);
    if (bytes < content.length) await file.truncate(bytes);
    // What a process that died had written may still be on its way to the disk: nothing is built upon it before it has arrived.
    await file.datasync();
    await syncDirectory(place.directory);
    return { file, bytes, lastSeq };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

function lockedBy({ pid, host }: { pid: number; host: string }, place: RunPlace): EspalierError {
  const who = pid === process.pid ? `this process (${pid}), through another journal` : `process ${pid} on ${host}`;
  const message = `Run ${place.run} is being written by ${who}. If that process no longer exists, delete ${place.name}/${lockFile}.`;
  return new EspalierError('journal.locked', message, { details: { run: place.run, pid, host } });
}
