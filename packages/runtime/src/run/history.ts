import { EspalierError, type ForkOrigin, type JournalEvent } from '@espalier/core';

/** Reads the journal of a run; empty for a run that was never written. */
export type ReadJournal = (run: string) => Promise<readonly JournalEvent[]>;

/**
 * All that leads to the state of a run, in order: its journal and, before that of a fork, the history of its parent up to where it branches
 * off. The prefix is referenced, never copied (S3): sequence numbers are those of the journal that an event stands in.
 * @throws EspalierError `journal.corrupt` if the journal of a parent is missing or too short; as `read`.
 */
export async function readHistory(read: ReadJournal, run: string): Promise<JournalEvent[]> {
  const own = await read(run);
  const origin = originOf(own);
  return origin ? [...(await readHistoryUpTo(read, origin)), ...own] : [...own];
}

/** The history of a run up to one of the events of its journal. @throws as `readHistory`. */
export async function readHistoryUpTo(read: ReadJournal, { run, seq }: { run: string; seq: number }): Promise<JournalEvent[]> {
  const history = await readHistory(read, run);
  const own = ownEvents(history);
  if (own.length < seq) {
    const message = `The journal of run ${run} has ${own.length} events; a fork refers to event ${seq} of it.`;
    throw new EspalierError('journal.corrupt', message, { details: { run, seq } });
  }
  return history.slice(0, history.length - own.length + seq);
}

/** The events of a history that stand in the run's own journal. */
export function ownEvents(history: readonly JournalEvent[]): JournalEvent[] {
  const start = history.findLastIndex(({ type }) => type === 'run.started');
  return history.slice(Math.max(start, 0));
}

/** Where the run of a journal branched off, if it is a fork. */
export function originOf(journal: readonly JournalEvent[]): ForkOrigin | undefined {
  const [first] = journal;
  return first?.type === 'run.started' ? first.payload.forked_from : undefined;
}
