import type { JournalPlace } from '@espalier/core';
import { readHistory } from '@espalier/runtime';
import type { Delivery } from '../delivery/delivery.ts';

/**
 * The ids of entries of memory that others wrote and that are a run's all the same: those of its parents before it branched off, and
 * those of writes that it took over instead of performing them. Some of it may be in overlays of forks that nobody adopted (S3).
 */
export async function inheritedMemory({ journal }: Pick<Delivery, 'journal'>, run: string): Promise<string[]> {
  const writes = new Set<string>();
  const ids: string[] = [];
  for (const { type, payload } of await readHistory(journal, run)) {
    if (type === 'effect.started' && payload.kind === 'memory') writes.add(payload.key);
    if (type !== 'effect.completed' || !writes.has(payload.key) || payload.outcome === 'failure') continue;
    if (payload.reused_from) ids.push(...(await keyAt({ journal }, payload.reused_from)));
    else if (!payload.key.startsWith(`${run}/`)) ids.push(payload.key);
  }
  return ids;
}

async function keyAt({ journal }: Pick<Delivery, 'journal'>, { run, seq }: JournalPlace): Promise<string[]> {
  const event = (await journal(run))[seq - 1];
  return event?.type === 'effect.completed' ? [event.payload.key] : [];
}
