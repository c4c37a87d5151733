import type { JournalEvent, TimedEvent } from '@espalier/core';
import type { Journal } from '../ports/journal.ts';
import { checkRunId } from '../ports/run-id.ts';
import { checkNotEmpty, checkSeq } from './append-check.ts';

/**
 * Journals that live as long as the process. Payloads are shared with the writer and the readers, not copied:
 * nobody may change an event that was appended or read.
 */
export class MemoryJournal implements Journal {
  readonly adapter = 'memory';
  readonly #streams = new Map<string, JournalEvent[]>();

  async append(run: string, expectedSeq: number, events: readonly TimedEvent[]): Promise<void> {
    checkNotEmpty(run, events);
    const stream = this.#streams.get(run);
    checkSeq(run, expectedSeq, stream?.length ?? 0);
    const target = stream ?? this.#create(run);
    // The driver's events carry the number they are to get: kept as they are, a long run holds half as many objects.
    for (const event of events) {
      const seq = target.length + 1;
      const isNumbered = (event as Partial<JournalEvent>).seq === seq;
      target.push(isNumbered ? (event as JournalEvent) : ({ seq, type: event.type, payload: event.payload, at: event.at } as JournalEvent));
    }
  }

  async read(run: string, after = 0): Promise<JournalEvent[]> {
    return this.#streams.get(run)?.slice(Math.max(0, after)) ?? [];
  }

  async runs(): Promise<string[]> {
    return [...this.#streams.keys()];
  }

  /** Keeps the events: there is nothing to release. */
  async close(): Promise<void> {}

  #create(run: string): JournalEvent[] {
    checkRunId(run);
    const stream: JournalEvent[] = [];
    this.#streams.set(run, stream);
    return stream;
  }
}
