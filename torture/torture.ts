import type { Evidence } from './evidence.ts';
import { type Ledger, note } from './ledger.ts';

/** How hard a store is to be tortured. */
export interface Torment {
  kills: number;
  seed: number;
  /** Runs in flight. */
  runs: number;
  /** A new directory for whatever is written beside the database. */
  directory: string;
  /** Told now and then how far it is. */
  onProgress(ledger: Ledger): void;
}

/** What a torture came to. */
export interface Remains {
  ledger: Ledger;
  evidence: Evidence;
}

/** How long a torture may take before it is given up: much longer than it does. */
const [longestMs, longestMsPerKill] = [120_000, 10_000];

/** Whether to kill nobody any more: all is done, something is wrong already, or it takes too long, which is a violation too. */
export function untilEnough({ kills }: Torment, ledger: Ledger): () => boolean {
  const giveUpAt = performance.now() + longestMs + kills * longestMsPerKill;
  return () => {
    if (ledger.kills >= kills || ledger.violations.length > 0) return true;
    if (performance.now() < giveUpAt) return false;
    note(ledger, 'torture.too_slow', `only ${ledger.kills} of ${kills} processes were killed in the time that there is`);
    return true;
  };
}

/** Of processes; short, so that runs of dead ones are soon taken over. */
export const leaseMs = 1000;
/** Longer than a lease: whoever sleeps so long wakes up as an owner that is none any more. */
export const stallMs = 2500;
/** See `Evidence`; the rest is for machines with more to do than cores to do it. */
export const graceMs = stallMs + 2500;
/** How long runs may go on when nobody is killed any more: their deadline and some lost leases, on a busy machine. */
export const endingMs = 60_000;
