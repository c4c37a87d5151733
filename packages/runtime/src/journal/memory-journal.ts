import type { JournalEvent, TimedEvent } from '@espalier/core';
import type { Journal } from '../ports/journal.ts';
import { checkNotEmpty, checkSeq } from './append-check.ts';
import { checkRunId } from './run-id.ts';

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
    // Plain assignments into a literal of one shape: a spread costs several times as much in the hot path.
    for (const event of events) {
      target.push({ seq: target.length + 1, type: event.type, payload: event.payload, at: event.at } as JournalEvent);
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
