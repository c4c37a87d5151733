import type { BudgetScope, TimedEvent } from '@espalier/core';
import type { Journal } from '../../ports/journal.ts';
import type { BudgetStatus, Ledger } from '../../ports/ledger.ts';
import { budget } from './sample-accounts.ts';

/** The journal of one tenant, and the books that its commits change. */
export interface BookkeepingTenant {
  journal: Journal;
  ledger: Ledger;
}

/** A journal with books under test, on storage of its own. */
export interface BookkeepingUnderTest extends BookkeepingTenant {
  /** Another tenant of the same storage. */
  neighbour: BookkeepingTenant;
  close(): Promise<void>;
}

export const session = budget('session', 's1', 100);
export const userDay = budget('user_day', 'ann', 1000, '2026-11-30');

/** The budgets by `scope subject period`, each as `spent + reserved of cap`. */
export async function balances({ ledger }: BookkeepingTenant): Promise<Record<string, string>> {
  const text = ({ spent, reserved, cap, isClosed }: BudgetStatus) => `${spent} + ${reserved} of ${cap}${isClosed ? ', closed' : ''}`;
  const budgets = await ledger.budgets();
  return Object.fromEntries(budgets.map((status) => [`${status.scope} ${status.subject} ${status.period}`.trim(), text(status)]));
}

/** Appends to the end of a journal. */
export async function append({ journal }: BookkeepingTenant, events: readonly TimedEvent[], run = 'r1'): Promise<void> {
  await journal.append(run, (await journal.read(run)).length, events);
}

/** What a test expects of the refusal by a budget. */
export function refusedBy({ scope, subject, period }: BudgetScope, more: object = {}) {
  return { code: 'budget.exceeded', details: { scope, subject, period, ...more } };
}
