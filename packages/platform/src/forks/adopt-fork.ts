import { EspalierError, type JournalEvent } from '@espalier/core';
import type { RunHandle } from '@espalier/runtime';
import { cancelRun } from '../cancel-run.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { ForkOptions } from '../platform.ts';
import { type ForkParts, prepareFork, startOf } from './fork-run.ts';
import { inheritedMemory } from './inherited-memory.ts';

/** Makes a fork the current run of its task. @returns the run that was. @throws EspalierError `run.not_found`, `run.not_adoptable`, `journal.locked`. */
export async function adoptFork(delivery: Delivery, run: string): Promise<string> {
  const journal = await delivery.journal(run);
  const task = taskOfFork(journal, run, 'run.not_adoptable');
  return delivery.adopt({ task, run, end: endOf(journal), inheritedMemory: await inheritedMemory(delivery, run) });
}

/** Gives a fork up for good. @returns false if it was before. @throws EspalierError `run.not_found`, `run.not_discardable`. */
export async function discardFork(delivery: Delivery, run: string): Promise<boolean> {
  const task = taskOfFork(await delivery.journal(run), run, 'run.not_discardable');
  return delivery.discard({ task, run });
}

function taskOfFork(journal: readonly JournalEvent[], run: string, code: 'run.not_adoptable' | 'run.not_discardable'): string {
  const { root_task: task, forked_from: origin } = startOf(journal, run);
  if (origin && task !== undefined) return task;
  const what = code === 'run.not_adoptable' ? 'adopt' : 'discard';
  throw new EspalierError(code, `Run ${run} is no fork: there is nothing to ${what}.`, { details: { run } });
}

function endOf(journal: readonly JournalEvent[]): JournalEvent | undefined {
  return journal.findLast(({ type }) => type === 'run.completed' || type === 'run.cancelled');
}

/**
 * Goes back to a place of a run: a fork that is adopted while it is paused, and goes on then (S3). A process that dies in between leaves a
 * paused fork.
 */
export async function rewindRun(parts: ForkParts, of: string, options: Omit<ForkOptions, 'live'>): Promise<RunHandle> {
  const { delivery } = parts;
  const { prepared, options: start } = await prepareFork(parts, of, { ...options, live: true });
  const { run, observe, parkAfterMs } = start;
  await delivery.submitPaused(prepared, start);
  try {
    await adoptFork(delivery, run);
  } catch (thrown) {
    await cancelRun(delivery, run, 'it could not be adopted').catch(() => {}); // it stays a paused fork
    throw thrown;
  }
  const { length: after } = await delivery.journal(run);
  if (!options.paused) await delivery.request(run, { type: 'run.resumed' });
  return delivery.attend(prepared, run, { observe, parkAfterMs, after });
}
