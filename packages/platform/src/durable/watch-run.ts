import { EspalierError, type JournalEvent } from '@espalier/core';
import type { Signals, TenantDoor } from '@espalier/store';

interface WatchOptions {
  door: TenantDoor;
  signals: Signals;
  run: string;
  /** The last event that is known already. */
  after: number;
  observe(event: JournalEvent): void;
}

interface Watch {
  /** Resolves at the end of the run. Rejects with `run.stopped` if the watching ended before it, and if the journal cannot be read. */
  ended: Promise<void>;
  /** Looks once more, and watches no longer. */
  stop(): Promise<void>;
}

/** How often the journal is looked at without a signal. */
const pollMs = 1000;

/** Shows every event of a run, wherever it is driven, until it has ended. */
export function watchRun({ door, signals, run, after, observe }: WatchOptions): Watch {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let seen = after;
  let reading: Promise<void> | undefined;
  let again = false;
  const read = async () => {
    do {
      again = false;
      for (const event of await door.journal(run, seen)) {
        seen = event.seq;
        show(observe, event);
        if (event.type === 'run.completed' || event.type === 'run.cancelled') end(resolve);
      }
    } while (again);
  };
  const look = () => {
    again = true;
    reading ??= read()
      .catch((thrown: unknown) => {
        if (!isRetryable(thrown)) end(() => reject(thrown));
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const forget = signals.onLog((streams) => {
    if (!streams || streams.has(`${door.tenant}/run:${run}`)) void look();
  });
  const poll = setInterval(look, pollMs);
  const end = (settle: () => void) => {
    forget();
    clearInterval(poll);
    settle();
  };
  void look();
  const stop = async () => {
    await look();
    end(() => reject(new EspalierError('run.stopped', `Run ${run} is not watched here any more; it goes on.`, { details: { run } })));
  };
  return { ended: promise, stop };
}

/** An observer that throws is not the run's concern. */
function show(observe: WatchOptions['observe'], event: JournalEvent): void {
  try {
    observe(event);
  } catch (thrown) {
    process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
  }
}

function isRetryable(thrown: unknown): boolean {
  return thrown instanceof EspalierError && thrown.retryable;
}
