import { join } from 'node:path';
import { EspalierError, faultOf } from '@espalier/core';
import type { OpenWorkflow, Platform } from '@espalier/platform';
import { type Ledger, note } from './ledger.ts';
import type { Random } from './random.ts';

/** What an outsider may be told: the run was faster, or a connection was cut. */
const expected: ReadonlySet<string> = new Set(['run.ended', 'database.unavailable', 'journal.fenced', 'run.stopped']);

interface Asked {
  run: string;
  random: Random;
}

/** Asks a run for something, as a person with another process would. */
export async function disturb(platform: Platform, ledger: Ledger, { run, random }: Asked): Promise<void> {
  const chance = random();
  await unlessExpected(ledger, async () => {
    if (chance < 0.04) await platform.cancel(run, 'an outsider wants so');
    else if (chance < 0.35) await platform.pause(run);
    else await platform.resume(run);
  });
}

/** Lets paused runs go on. */
export async function resumeAll(platform: Platform, ledger: Ledger, runs: readonly string[]): Promise<void> {
  for (const run of runs) await unlessExpected(ledger, () => platform.resume(run));
}

/** What runs are begun of: something of everything and, now and then, what sleeps until its deadline. */
export interface Workflows {
  everything: OpenWorkflow;
  oversleep: OpenWorkflow;
}

export async function openWorkflows(platform: Platform): Promise<Workflows> {
  const open = (name: keyof Workflows) => platform.open(join(import.meta.dirname, 'workflows', name));
  return { everything: await open('everything'), oversleep: await open('oversleep') };
}

/** Begins a run. @returns its id, undefined if it is not known whether there is one. */
export async function beginRun({ everything, oversleep }: Workflows, ledger: Ledger, random: Random): Promise<string | undefined> {
  const workflow = random() < 0.1 ? oversleep : everything;
  const input = { number: Math.floor(random() * 1e9) };
  let run: string | undefined;
  await unlessExpected(ledger, async () => {
    run = await workflow.submit({ input });
  });
  return run;
}

async function unlessExpected(ledger: Ledger, ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (thrown) {
    const { code, message } = faultOf(thrown);
    if (!(thrown instanceof EspalierError && expected.has(code))) note(ledger, 'outsider.refused', `${code}: ${message}`);
  }
}
