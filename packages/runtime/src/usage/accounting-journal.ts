import { type AccountChange, accountChanges, type BudgetAlert, EspalierError } from '@espalier/core';
import type { Journal } from '../ports/journal.ts';

/** What a commit is about to do to the books: room is held for it until it is known whether the commit was written. */
export interface PendingChanges {
  /** The commit was written, or may have been. @returns the budgets that it brought to where a person should know (GRD-5). */
  keep(): readonly BudgetAlert[];
  /** Nothing of it was written. */
  drop(): void;
}

/** The books of one tenant, as the journal that a commit goes to sees them. */
export interface Books {
  /** @throws EspalierError `budget.exceeded` if a budget does not admit a reservation; the books are then as before. */
  prepare(run: string, changes: readonly AccountChange[]): PendingChanges;
}

/**
 * A journal whose commits change the books as well, or are refused with `budget.exceeded` and not written (S21). A commit of which nobody
 * knows whether it was written counts as written: nothing can be spent that was not set aside.
 */
export function withBooks(journal: Journal, books: Books): Journal {
  return {
    adapter: journal.adapter,
    async append(run, expectedSeq, events, onAlert) {
      const changes = accountChanges(events);
      if (changes.length === 0) return journal.append(run, expectedSeq, events);
      const pending = books.prepare(run, changes);
      for (const alert of await appendPending(() => journal.append(run, expectedSeq, events), pending)) onAlert?.(alert);
    },
    read: (run, after) => journal.read(run, after),
    runs: () => journal.runs(),
    async release(run) {
      await journal.release?.(run);
    },
    close: () => journal.close(),
  };
}

async function appendPending(append: () => Promise<void>, pending: PendingChanges): Promise<readonly BudgetAlert[]> {
  try {
    await append();
  } catch (thrown) {
    if (saysNothingWritten(thrown)) pending.drop();
    else pending.keep();
    throw thrown;
  }
  return pending.keep();
}

function saysNothingWritten(thrown: unknown): boolean {
  return thrown instanceof EspalierError && ['journal.stale_seq', 'journal.fenced', 'journal.locked'].includes(thrown.code);
}
