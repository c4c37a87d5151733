import { EspalierError, type ForkOrigin, forkFault, type JournalEvent, type JournalPlace, type Workflow } from '@espalier/core';
import { foldHistory } from './fold-journal.ts';
import { type ReadJournal, readHistory, readHistoryUpTo } from './history.ts';
import { type ReusableResults, reusableResults } from './reusable-results.ts';

/** What a run takes over from the one that it was forked from (S3). */
export interface Fork {
  origin: ForkOrigin;
  /** The history of the parent, up to where the fork branches off. */
  before: readonly JournalEvent[];
  /** What the parent has on record, also behind that place. */
  reusable: ReusableResults;
}

/** Reads what a fork needs of its parent. @throws EspalierError `journal.corrupt`; as `read`. */
export async function readFork(read: ReadJournal, origin: ForkOrigin): Promise<Fork> {
  const before = await readHistoryUpTo(read, origin);
  return { origin, before, reusable: reusableResults(await readHistory(read, origin.run)) };
}

/** @throws EspalierError `input.invalid` if a run of this workflow cannot branch off there, or not with these edits. */
export function checkFork(workflow: Workflow, { origin, before }: Pick<Fork, 'origin' | 'before'>): void {
  const { run, seq }: JournalPlace = origin;
  const fault = forkFault(foldHistory(workflow, run, before), origin.edits);
  if (fault === undefined) return;
  throw new EspalierError('input.invalid', `Run ${run} cannot be forked at event ${seq} like this: ${fault}.`, { details: { run, seq } });
}
