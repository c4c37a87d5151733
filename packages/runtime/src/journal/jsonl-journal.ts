import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEvent, TimedEvent } from '@espalier/core';
import type { Journal } from '../ports/journal.ts';
import { checkRunId, isRunId } from '../ports/run-id.ts';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';
import { checkNotEmpty } from './append-check.ts';
import { decodeJournal } from './journal-line.ts';
import { journalFile, type RunPlace, RunWriter } from './run-writer.ts';

/**
 * Journals as text files, `<root>/runs/<run>/journal.jsonl`: one line is one atomic commit, on the disk when `append` resolves (S6).
 * Writing a run takes its exclusive lock, kept until `release` or `close`; reading never needs it.
 */
export class JsonlJournal implements Journal {
  readonly adapter = 'jsonl';
  readonly #root: string;
  readonly #writers = new Map<string, Promise<RunWriter>>();

  /** @param root the state directory; created by the first append. */
  constructor(root: string) {
    this.#root = root;
  }

  async append(run: string, expectedSeq: number, events: readonly TimedEvent[]): Promise<void> {
    checkRunId(run);
    checkNotEmpty(run, events);
    const writer = await this.#writer(run);
    await writer.append(expectedSeq, events);
  }

  async read(run: string, after = 0): Promise<JournalEvent[]> {
    checkRunId(run);
    const { directory, name } = this.#place(run);
    const content = await ifPresent(readFile(join(directory, journalFile)), `read ${name}/${journalFile}`);
    return content === undefined ? [] : decodeJournal(content, `${name}/${journalFile}`, after).events;
  }

  /** In the order of their first events' times. A journal whose first commit cannot be read counts as the oldest. */
  async runs(): Promise<string[]> {
    const entries = (await ifPresent(readdir(join(this.#root, 'runs')), 'list runs')) ?? [];
    const started: { run: string; at: number }[] = [];
    for (const run of entries.filter(isRunId)) {
      const at = await this.#startOf(run);
      if (at !== undefined) started.push({ run, at });
    }
    return started.sort((a, b) => a.at - b.at || (a.run < b.run ? -1 : 1)).map(({ run }) => run);
  }

  /** Closes the file of one run and gives its lock back, after the appends under way; a later append takes it again. */
  async release(run: string): Promise<void> {
    const opening = this.#writers.get(run);
    if (opening === undefined) return;
    this.#writers.delete(run);
    const writer = await opening.catch(() => undefined);
    await writer?.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers.keys()].map((run) => this.release(run)));
  }

  #place(run: string): RunPlace {
    return { run, directory: join(this.#root, 'runs', run), name: `runs/${run}` };
  }

  async #writer(run: string): Promise<RunWriter> {
    const known = this.#writers.get(run);
    if (known !== undefined) return known;
    const opening = RunWriter.open(this.#place(run));
    this.#writers.set(run, opening);
    try {
      return await opening;
    } catch (thrown) {
      this.#writers.delete(run);
      throw thrown;
    }
  }

  /** The time of the first event; undefined if there is no commit yet. */
  async #startOf(run: string): Promise<number | undefined> {
    const { directory, name } = this.#place(run);
    const line = await ifPresent(firstLine(join(directory, journalFile)), `read ${name}/${journalFile}`);
    if (line === undefined) return undefined;
    try {
      return decodeJournal(line, name).events[0]?.at;
    } catch {
      return 0;
    }
  }
}

/** The bytes of a file up to its first newline, newline included; undefined if there is none. */
async function firstLine(path: string): Promise<Buffer | undefined> {
  await using file = await open(path, 'r');
  const chunks: Buffer[] = [];
  for await (const chunk of file.createReadStream({ autoClose: false })) {
    const end = chunk.indexOf('\n');
    if (end >= 0) return Buffer.concat([...chunks, chunk.subarray(0, end + 1)]);
    chunks.push(chunk);
  }
  return undefined;
}

/** The result of a read, undefined if there is nothing to read. */
async function ifPresent<T>(reading: Promise<T>, action: string): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '')) return undefined;
    throw storageFailure(thrown, action);
  }
}
