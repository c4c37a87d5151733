import { copyJson, type JournalEvent, type Json, type TimedEvent } from '@espalier/core';
import type { Journal } from '../ports/journal.ts';

/**
 * Gathers the events of one run and appends them in order, one commit at a time: what comes in while a commit is being written rides in
 * the next (S9).
 */
export class CommitQueue {
  readonly #journal: Journal;
  readonly #run: string;
  readonly #observe: ((event: JournalEvent) => void) | undefined;
  #seq: number;
  #batch: TimedEvent[] = [];
  #tail: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;

  constructor(journal: Journal, run: string, options: { seq: number; observe?: ((event: JournalEvent) => void) | undefined }) {
    this.#journal = journal;
    this.#run = run;
    this.#seq = options.seq;
    this.#observe = options.observe;
  }

  /** Whether there are events that no commit has taken yet. */
  get isPending(): boolean {
    return this.#batch.length > 0;
  }

  push(event: TimedEvent): void {
    this.#batch.push(event);
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  settled(): Promise<void> {
    return this.#tail.catch(() => {});
  }

  /** Resolves when everything pushed so far is in the journal. @throws as Journal.append. */
  flush(): Promise<void> {
    if (this.#batch.length === 0 && !this.#queued) return this.#tail;
    if (!this.#queued) {
      this.#queued = this.#tail.then(() => this.#write());
      this.#tail = this.#queued;
    }
    return this.#queued;
  }

  async #write(): Promise<void> {
    this.#queued = undefined;
    const events = this.#batch;
    this.#batch = [];
    const seq = this.#seq;
    this.#seq += events.length;
    await this.#journal.append(this.#run, seq, events);
    if (this.#observe) tell(this.#observe, seq, events);
  }
}

/** An observer that throws is not the run's concern: the fault is shown as a warning and the rest goes on. */
function tell(observe: (event: JournalEvent) => void, seq: number, events: readonly TimedEvent[]): void {
  for (const [index, event] of events.entries()) {
    try {
      // A copy: an observer can change nothing.
      observe({ ...event, payload: copyJson(event.payload as Json), seq: seq + index + 1 } as JournalEvent);
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
    }
  }
}
