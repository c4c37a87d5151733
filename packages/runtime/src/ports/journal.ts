import type { BudgetAlert, JournalEvent, TimedEvent } from '@espalier/core';

/**
 * Where the journals of runs live: one append-only, gap-free stream of events per run.
 * Every adapter passes `journalConformance`.
 */
export interface Journal {
  /** The technology, as recorded in run metadata: `memory`, `jsonl`, … */
  readonly adapter: string;
  /**
   * Appends `events` as one atomic commit, or nothing. They get the sequence numbers `expectedSeq + 1`, `expectedSeq + 2`, …
   * When the promise resolves the commit survives a crash, as far as the adapter promises that at all.
   * @throws EspalierError `journal.stale_seq` if the last sequence number of the stream is not `expectedSeq`;
   * `journal.locked` if another process holds the stream; `journal.fenced` if another process has taken over the run;
   * `storage.failed`; `budget.exceeded` from a journal with books, if there is no money for a reservation among the events: nothing is written.
   * @param onAlert told by a journal with books of every budget that the commit brought to 80 % of its cap (GRD-5)
   */
  append(run: string, expectedSeq: number, events: readonly TimedEvent[], onAlert?: (alert: BudgetAlert) => void): Promise<void>;
  /**
   * The events after sequence number `after`, in order; empty for a run that was never written.
   * May be slow: the driver reads when it takes a run up, and when it learns that others have appended to it.
   * @throws EspalierError `journal.corrupt` with the place, `storage.failed`, `journal.fenced`.
   */
  read(run: string, after?: number): Promise<JournalEvent[]>;
  /** The ids of all runs, newest last. */
  runs(): Promise<string[]>;
  /** Releases what is held for writing one run, once it has ended or waits; a later append takes it again. */
  release?(run: string): Promise<void>;
  /** Releases locks and handles. */
  close(): Promise<void>;
}
