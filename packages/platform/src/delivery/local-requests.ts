import { EspalierError, type JournalEvent, storableText } from '@espalier/core';
import type { RunHandle } from '@espalier/runtime';
import type { Journal } from '@espalier/runtime/ports';
import type { RunRequest } from '@espalier/store';

/** Asks something of a run that this process drives. @returns whether it was asked; the handle knows if it was as asked for already. */
export async function askHere(handle: RunHandle, request: RunRequest): Promise<boolean> {
  if (request.type === 'run.cancel_requested') await handle.cancel(request.reason);
  else if (request.type === 'run.step_requested') await handle.step();
  else if (request.type === 'run.paused') await handle.pause(request.reason);
  else await handle.resume();
  return true;
}

interface Recorded {
  journal: Journal;
  now(): number;
}

/** Asks something of a run that nobody drives, in its journal. @returns false if the run is as asked for already. */
export async function askUnloaded({ journal, now }: Recorded, run: string, request: RunRequest): Promise<boolean> {
  const events = await journal.read(run);
  if (events.length === 0) throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  if (hasEnded(events)) throw new EspalierError('run.ended', `Run ${run} has ended.`, { details: { run } });
  if (request.type !== 'run.cancel_requested' && isPaused(events) === (request.type === 'run.paused')) return false; // a step, too, is for a paused run
  try {
    await journal.append(run, events.length, [{ ...eventOf(request), at: now() }]);
  } finally {
    await journal.release?.(run);
  }
  return true;
}

function eventOf(request: RunRequest) {
  if (request.type === 'run.cancel_requested') return { type: request.type, payload: { reason: storableText(request.reason) } };
  if (request.type === 'run.resumed' || request.type === 'run.step_requested') return { type: request.type, payload: {} };
  return { type: request.type, payload: request.reason === undefined ? {} : { reason: storableText(request.reason) } };
}

function hasEnded(events: readonly JournalEvent[]): boolean {
  return events.some(({ type }) => type === 'run.completed' || type === 'run.cancelled');
}

function isPaused(events: readonly JournalEvent[]): boolean {
  return events.findLast(({ type }) => type === 'run.paused' || type === 'run.resumed')?.type === 'run.paused';
}
