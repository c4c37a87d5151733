import { EspalierError } from '@espalier/core';
import type { Database, StatementResult } from '../database/database.ts';
import { isLostRace } from '../database/database-fault.ts';
import type { Commit } from './commit.ts';
import { appendParameters, commitParameters, type PreparedCommit, prepareCommit } from './commit-parameters.ts';
import { appendStatement, commitStatement } from './commit-statements.ts';

/** Whether a commit was written; `refused` if a stream was not where it was expected, or not owned any more. */
export type CommitOutcome = 'written' | 'refused';

/** How much of what is waiting one transaction takes. */
const maxCommits = 64;
const maxSize = 4_000_000;
/** Of a transaction that gives way to another. */
const maxAttempts = 5;

interface Waiting {
  prepared: PreparedCommit;
  streams: readonly string[];
  resolve(outcome: CommitOutcome): void;
  reject(thrown: unknown): void;
}

/**
 * Writes commits in the order in which they are asked for, as far as they are about the same streams. What comes in while others are
 * being written shares a transaction, so that many runs cost few syncs of the disk.
 */
export class CommitWriter {
  readonly #database: Database;
  readonly #waiting: Waiting[] = [];
  /** Streams of transactions under way. */
  readonly #busy = new Set<string>();
  #underWay = 0;
  /** Called after a transaction in which something was written, with its commits. */
  readonly #onWritten: (commits: readonly Commit[]) => void;

  constructor(database: Database, onWritten: (commits: readonly Commit[]) => void = () => {}) {
    this.#database = database;
    this.#onWritten = onWritten;
  }

  /** @throws EspalierError `database.unavailable` (whether it was written is then unknown), `storage.failed`. */
  write(commit: Commit): Promise<CommitOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<CommitOutcome>();
    const streams = commit.streams.map(({ stream }) => `${commit.tenant}\n${stream}`);
    this.#waiting.push({ prepared: prepareCommit(commit), streams, resolve, reject });
    this.#next();
    return promise;
  }

  /** Resolves when nothing is waiting or under way. */
  async idle(): Promise<void> {
    while (this.#underWay > 0 || this.#waiting.length > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  #next(): void {
    while (this.#underWay < this.#database.parallelism) {
      const batch = this.#takeBatch();
      if (batch.length === 0) return;
      this.#underWay += 1;
      void this.#writeBatch(batch).then(() => {
        this.#underWay -= 1;
        for (const { streams } of batch) for (const stream of streams) this.#busy.delete(stream);
        this.#next();
      });
    }
  }

  /** The first that are free to go: no stream twice in one transaction, none in two at once. */
  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const passedOver = new Set<string>();
    let size = 0;
    for (let index = 0; index < this.#waiting.length && batch.length < maxCommits && size < maxSize; ) {
      const waiting = this.#waiting[index] as Waiting;
      const isFree = waiting.streams.every((stream) => !this.#busy.has(stream) && !passedOver.has(stream));
      if (isFree) {
        this.#waiting.splice(index, 1);
        batch.push(waiting);
        size += waiting.prepared.size;
      } else index += 1;
      for (const stream of waiting.streams) (isFree ? this.#busy : passedOver).add(stream);
    }
    return batch;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const prepared = batch.map((waiting) => waiting.prepared);
      const outcomes = await this.#perform(prepared).catch((thrown: unknown) => {
        if (hasLostRace(thrown)) return this.#perform(prepared);
        throw thrown;
      });
      for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] ?? 'refused');
    } catch (thrown) {
      const [first, ...others] = batch;
      // One that the database cannot take must not fail the others.
      if (others.length > 0 && !(thrown instanceof EspalierError && thrown.code === 'database.unavailable')) {
        for (const waiting of batch) await this.#writeBatch([waiting]);
      } else for (const { reject } of [first, ...others] as Waiting[]) reject(thrown);
    }
  }

  async #perform(batch: readonly PreparedCommit[]): Promise<CommitOutcome[]> {
    const [only] = batch;
    const single = batch.length === 1 && only ? appendParameters(only) : undefined;
    if (single) {
      const { count } = await this.#database.perform(appendStatement, single);
      if (count === 0) return ['refused'];
    } else {
      const { rows } = await this.#performCommits(commitParameters(batch));
      const written = new Set(rows.map(({ commit }) => commit));
      this.#tell(batch.filter((_, index) => written.has(index)));
      return batch.map((_, index) => (written.has(index) ? 'written' : 'refused'));
    }
    this.#tell(batch);
    return ['written'];
  }

  /** A payload that is there already may be removed with an archived run before a reference keeps it: then it is inserted the next time. */
  async #performCommits(values: readonly unknown[]): Promise<StatementResult<{ commit: number }>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#database.perform<{ commit: number }>(commitStatement, values);
      } catch (thrown) {
        if (attempt === maxAttempts || !isLostRace(thrown)) throw thrown;
      }
    }
  }

  #tell(written: readonly PreparedCommit[]): void {
    if (written.length > 0) this.#onWritten(written.map(({ commit }) => commit));
  }
}

/** Another process made the same stream at the same moment, or waited for what we held: nothing was written, and the next try sees its work. */
function hasLostRace(thrown: unknown): boolean {
  const code = thrown instanceof EspalierError ? thrown.details?.code : undefined;
  return code === '23505' || code === '40P01' || code === '40001';
}
