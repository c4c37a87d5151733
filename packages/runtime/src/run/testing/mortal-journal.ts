/* For tests: a journal under which the process dies. */
import type { TimedEvent } from '@espalier/core';
import type { Journal } from '../../ports/journal.ts';

/**
 * How the commit after the last one that succeeds goes wrong: it is not written and the append rejects; or it is written, and the
 * append rejects, or never returns.
 */
export type Death = 'refused' | 'written' | 'silent';

/** Passes `commits` appends on to another journal, dies in the next, and takes nothing afterwards. */
export class MortalJournal implements Journal {
  readonly adapter = 'mortal';
  /** Resolves when the journal has died. */
  readonly died: Promise<void>;
  /** The appends that came, the fatal one and those after it included. */
  appends = 0;
  readonly #inner: Journal;
  readonly #end: { commits: number; death: Death };
  readonly #dead = Promise.withResolvers<void>();

  constructor(inner: Journal, end: { commits: number; death: Death }) {
    this.#inner = inner;
    this.#end = end;
    this.died = this.#dead.promise;
  }

  async append(run: string, expectedSeq: number, events: readonly TimedEvent[]): Promise<void> {
    this.appends += 1;
    const { commits, death } = this.#end;
    const isFatal = this.appends === commits + 1;
    if (this.appends <= commits || (isFatal && death !== 'refused')) await this.#inner.append(run, expectedSeq, events);
    if (this.appends <= commits) return;
    this.#dead.resolve();
    if (death === 'silent') await new Promise(() => {});
    throw new Error('the process is dead');
  }

  read(run: string, after?: number) {
    return this.#inner.read(run, after);
  }

  runs() {
    return this.#inner.runs();
  }

  async close(): Promise<void> {}
}
