import { openSync, writeSync } from 'node:fs';
import type { Performance } from '../evidence.ts';
import '../workflows/everything/handlers/steps.ts';
import type { Settings } from './settings.ts';

/** Has the handlers of this process write down what they do: one write per line, so that a killed process leaves whole lines. */
export function witnessHandlers({ witness, fault }: Pick<Settings, 'witness' | 'fault'>): void {
  const file = openSync(witness, 'a');
  let met = 0;
  globalThis.espalierTortureWitness = (what, key, repeatable) => {
    const line: Performance = { what, key, repeatable, at: Date.now(), pid: process.pid };
    writeSync(file, `${JSON.stringify(line)}\n`);
    if (what !== fault?.kind) return;
    met += 1;
    if (met === fault.nth) process.kill(process.pid, 'SIGKILL');
  };
}
