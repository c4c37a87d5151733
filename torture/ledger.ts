import type { Violation } from './evidence.ts';
import type { Death } from './life.ts';
import type { Life } from './plan.ts';
import { exitUnavailable } from './processes/settings.ts';

/** What was done so far, and what went wrong outside of the data. */
export interface Ledger {
  /** Processes that ended by SIGKILL, by their own hand or another. */
  kills: number;
  /** Of these, of processes that had a fault planned: at a statement, or in a handler. */
  faults: Record<'statement' | 'handler', number>;
  stalls: number;
  drains: number;
  readerKills: number;
  cuts: number;
  violations: Violation[];
}

export function newLedger(): Ledger {
  return { kills: 0, faults: { statement: 0, handler: 0 }, stalls: 0, drains: 0, readerKills: 0, cuts: 0, violations: [] };
}

/** Codes of what a worker may meet while processes die, connections break and runs change hands. */
const expectedProblems: ReadonlySet<string> = new Set(['database.unavailable', 'journal.fenced', 'run.stopped']);

/** Books how a worker ended. One that ended in another way than was planned for it is a violation. */
export function bookDeath(ledger: Ledger, { index, fault, end }: Life, { signal, code, said }: Death): void {
  const isPlannedDrain = end.signal === 'SIGTERM';
  for (const line of said.split('\n').filter(Boolean)) {
    if (!expectedProblems.has(line.split(' ')[1] ?? '')) note(ledger, 'worker.problem', `process ${index} said: ${line}`);
  }
  if (signal === 'SIGKILL' && !isPlannedDrain) {
    ledger.kills += 1;
    if (fault?.kind === 'stall') ledger.stalls += 1;
    else if (fault) ledger.faults['ms' in fault ? 'statement' : 'handler'] += 1;
  } else if (code === 0 && isPlannedDrain) ledger.drains += 1;
  else if (code !== exitUnavailable) note(ledger, 'worker.ended', `process ${index} ended with ${signal ?? code}: ${said.slice(0, 1000)}`);
}

export function note(ledger: Ledger, rule: string, message: string): void {
  ledger.violations.push({ rule, message });
}
