import { EspalierError } from '@espalier/core';
import type { Database } from '../database/database.ts';
import type { Commit } from './commit.ts';
import { type PlainAppend, type PreparedCommit, plainAppend, prepareCommit } from './commit-parameters.ts';
import { performAppends, performCommits, type Written } from './perform-commits.ts';

/** Whether a commit was written; `refused` if a stream was not where it was expected, or not owned any more. */
export type CommitOutcome = 'written' | 'refused';

/** How much of what is waiting one transaction takes. */
const maxCommits = 64;
const maxSize = 4_000_000;
/** Commits of one kind share a statement. Plain appends do not wait with others for a budget that another process has locked. */
type Kind = 'plain append' | 'accounting append' | 'any';

interface Waiting {
  kind: Kind;
  prepared: PreparedCommit;
  /** Set if that is all that the commit is. */
  plain: PlainAppend | undefined;
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
  #isScheduled = false;
  #whenIdle: PromiseWithResolvers<void> | undefined;
  /** Called after a transaction in which something was written, with its commits. */
  readonly #onWritten: (commits: readonly Commit[]) => void;

  constructor(database: Database, onWritten: (commits: readonly Commit[]) => void = () => {}) {
    this.#database = database;
    this.#onWritten = onWritten;
  }

  /** @throws EspalierError `database.unavailable` (whether it was written is then unknown), `budget.exceeded`, `storage.failed`. */
  write(commit: Commit): Promise<CommitOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<CommitOutcome>();
    const streams = commit.streams.map(({ stream }) => `${commit.tenant}\n${stream}`);
    const prepared = prepareCommit(commit);
    const plain = plainAppend(prepared);
    this.#waiting.push({ kind: kindOf(plain), prepared, plain, streams, resolve, reject });
    this.#schedule();
    return promise;
  }

  /** Resolves when nothing is waiting or under way. */
  async idle(): Promise<void> {
    if (this.#underWay === 0 && this.#waiting.length === 0) return;
    this.#whenIdle ??= Promise.withResolvers<void>();
    await this.#whenIdle.promise;
  }

  /** Runs whose commits were in one transaction go on in one turn of the event loop: what they commit next goes together again. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#next();
    });
  }

  #next(): void {
    while (this.#underWay < this.#database.parallelism) {
      const batch = this.#takeBatch();
      if (batch.length === 0) return;
      this.#underWay += 1;
      void this.#writeBatch(batch).then(() => {
        this.#underWay -= 1;
        for (const { streams } of batch) for (const stream of streams) this.#busy.delete(stream);
        if (this.#underWay > 0 || this.#waiting.length > 0) return this.#schedule();
        this.#whenIdle?.resolve();
        this.#whenIdle = undefined;
      });
    }
  }

  /** The first that are free to go and of one kind: no stream twice in one transaction, none in two at once. */
  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const fits = ({ kind, streams }: Waiting) => {
      const isOfKind = batch[0] === undefined || kind === batch[0].kind;
      return isOfKind && streams.every((stream) => !this.#busy.has(stream) && !passedOver.has(stream));
    };
    const passedOver = new Set<string>();
    let size = 0;
    for (let index = 0; index < this.#waiting.length && batch.length < maxCommits && size < maxSize; ) {
      const waiting = this.#waiting[index] as Waiting;
      const isFree = fits(waiting);
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
      const written = await this.#perform(batch);
      for (const [index, { resolve }] of batch.entries()) resolve(written.has(index) ? 'written' : 'refused');
      const commits = batch.filter((_, index) => written.has(index)).map(({ prepared }) => prepared.commit);
      if (commits.length > 0) this.#onWritten(commits);
      for (const [index, alerts] of written) for (const alert of alerts) batch[index]?.prepared.commit.onAlert?.(alert);
    } catch (thrown) {
      // One that the database cannot take, or a budget does not admit, must not fail the others.
      if (batch.length > 1 && !(thrown instanceof EspalierError && thrown.code === 'database.unavailable')) {
        const middle = Math.ceil(batch.length / 2);
        await this.#writeBatch(batch.slice(0, middle));
        await this.#writeBatch(batch.slice(middle));
      } else for (const { reject } of batch) reject(thrown);
    }
  }

  #perform(batch: readonly Waiting[]): Promise<Written> {
    const appends = batch.flatMap(({ plain }) => plain ?? []);
    if (appends.length === batch.length) return performAppends(this.#database, appends);
    return performCommits(
      this.#database,
      batch.map(({ prepared }) => prepared),
    );
  }
}

function kindOf(append: PlainAppend | undefined): Kind {
  if (!append) return 'any';
  return append.accounts ? 'accounting append' : 'plain append';
}
