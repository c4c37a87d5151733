import { setTimeout as sleep } from 'node:timers/promises';
import { EspalierError } from '@espalier/core';
import type { SystemDoor } from '@espalier/store';
import { nameOfEvent, type Reading } from './evidence.ts';
import { between, type Random } from './random.ts';

interface Paging {
  random: Random;
  /** How many events there are, once no more are written; undefined before. */
  total(): number | undefined;
}

/** Reads the log page by page from its beginning, until it has seen all events or, when no more are written, finds none for a while. */
export async function pageLog(door: SystemDoor, { random, total }: Paging): Promise<Reading> {
  const seen: string[] = [];
  const pauses: number[] = [];
  let cursor: string | undefined;
  for (let vain = 0; vain < 100; ) {
    const limit = between(random, 1, 300);
    const page = await door.readLog({ cursor, limit }).catch(unlessUnavailable);
    for (const event of page?.events ?? []) seen.push(nameOfEvent(event));
    cursor = page?.cursor ?? cursor;
    if (page && page.events.length < limit) pauses.push(seen.length);
    const all = total();
    if (all !== undefined && seen.length >= all) break;
    if (all !== undefined && !page?.events.length) vain += 1;
    if (page?.events.length !== limit) await sleep(20);
  }
  return { reader: 'pager', seen, pauses };
}

/** A connection that was cut. */
function unlessUnavailable(thrown: unknown): undefined {
  if (!(thrown instanceof EspalierError && thrown.code === 'database.unavailable')) throw thrown;
}
