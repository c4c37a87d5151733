import type { JournalEvent } from '@espalier/core';
import type { Signals, TenantDoor } from '@espalier/store';

interface Watch {
  door: TenantDoor;
  signals: Signals;
  run: string;
  /** The last event that is known already. */
  after: number;
  observe(event: JournalEvent): void;
}

/** How often the journal is looked at without a signal. */
const pollMs = 1000;

/**
 * Shows every event of a run, wherever it is driven, until it has ended.
 * @returns what stops it, and a promise that resolves at the end of the run.
 */
export function watchRun({ door, signals, run, after, observe }: Watch): { ended: Promise<void>; stop(): void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = after;
  let reading = false;
  let again = false;
  const stop = () => {
    forget();
    clearInterval(poll);
    resolve();
  };
  const read = async () => {
    do {
      again = false;
      for (const event of await door.journal(run, seen)) {
        seen = event.seq;
        observe(event);
        if (event.type === 'run.completed' || event.type === 'run.cancelled') stop();
      }
    } while (again);
  };
  const look = () => {
    again = true;
    if (reading) return;
    reading = true;
    read()
      .catch((thrown: unknown) => {
        if (!isRetryable(thrown)) reject(thrown);
      })
      .finally(() => {
        reading = false;
      });
  };
  const forget = signals.onLog((streams) => {
    if (!streams || streams.has(`${door.tenant}/run:${run}`)) look();
  });
  const poll = setInterval(look, pollMs);
  look();
  return { ended: promise, stop };
}

function isRetryable(thrown: unknown): boolean {
  return thrown instanceof Error && 'retryable' in thrown && thrown.retryable === true;
}
