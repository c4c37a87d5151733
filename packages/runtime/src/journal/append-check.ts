import { EspalierError, type TimedEvent } from '@espalier/core';

/** @throws EspalierError `internal.defect` for a commit without events, which would have no place in the journal. */
export function checkNotEmpty(run: string, events: readonly TimedEvent[]): void {
  if (events.length === 0) throw new EspalierError('internal.defect', `An append to run ${run} holds no events.`);
}

/** @throws EspalierError `journal.stale_seq` if the stream does not end where the writer believes. */
export function checkSeq(run: string, expectedSeq: number, lastSeq: number): void {
  if (expectedSeq === lastSeq) return;
  const message = `Run ${run} ends at event ${lastSeq}, not at ${expectedSeq} as the writer expected.`;
  throw new EspalierError('journal.stale_seq', message, { details: { run, expected: expectedSeq, last: lastSeq } });
}
