import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson, EspalierError, type Json, type TimedEvent } from '@espalier/core';
import type { Journal } from '@espalier/runtime/ports';
import type { StoreJournal } from '@espalier/store';

/** The journals of a tenant for those who drive its runs. */
interface PatientJournal extends Journal {
  /** As `StoreJournal.submit`. */
  submit(run: string, events: readonly TimedEvent[]): Promise<void>;
}

/** Between two tries: short at first, as most lost connections come back at once. */
const firstPauseMs = 50;
const longestPauseMs = 1000;

/**
 * A journal that tries again while the database is away, for `patienceMs`: what was performed meanwhile is not lost with the connection.
 * Ownership and sequence numbers refuse a second copy of what was written although no answer came, and everything of a run that others
 * have taken. It never gives up the ownership of a run: that is done with the reason, by whoever holds its lease.
 */
export function patientJournal(journal: StoreJournal, patienceMs: number): PatientJournal {
  const read: Journal['read'] = (run, after) => whileAway(patienceMs, () => journal.read(run, after));
  const write = async ({ run, after, events }: Written, attempt: () => Promise<void>) => {
    let isUncertain = false;
    await whileAway(patienceMs, async () => {
      try {
        await attempt();
      } catch (thrown) {
        if (isUncertain && hasCode(thrown, 'journal.stale_seq') && (await isWritten({ run, after, events }))) return;
        isUncertain = true;
        throw thrown;
      }
    });
  };
  const isWritten = async ({ run, after, events }: Written) => {
    const found = (await read(run, after)).slice(0, events.length);
    return textOf(found) === textOf(events);
  };
  return {
    adapter: journal.adapter,
    append(run, after, events, onAlert) {
      const own = [...events]; // the caller goes on using its array
      return write({ run, after, events: own }, () => journal.append(run, after, own, onAlert));
    },
    submit: (run, events) => write({ run, after: 0, events }, () => journal.submit(run, events)),
    read,
    runs: () => journal.runs(),
    close: async () => {},
  };
}

interface Written {
  run: string;
  after: number;
  events: readonly TimedEvent[];
}

/** Tries again while the database is away. @throws the last fault when `patienceMs` is over; any other at once. */
export async function whileAway<T>(patienceMs: number, attempt: () => Promise<T>): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!hasCode(thrown, 'database.unavailable') || performance.now() + pauseMs > end) throw thrown;
      await delay(pauseMs);
    }
  }
}

function hasCode(thrown: unknown, code: EspalierError['code']): boolean {
  return thrown instanceof EspalierError && thrown.code === code;
}

function textOf(events: readonly TimedEvent[]): string {
  return events.map(({ type, at, payload }) => `${type} ${at} ${canonicalJson(payload as Json)}`).join('\n');
}
