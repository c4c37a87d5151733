import type { BudgetAlert } from '@espalier/core';

/** An alert as `espalier.account` gives it: which commit it is of, by its number. */
type NumberedAlert = BudgetAlert & { commit: number };

/** A commit that changed the books and was written, by its number; each row has the alerts of all. */
export interface AccountedRow {
  number: number;
  alerts: readonly NumberedAlert[] | null;
}

/** The commits that were written, each with its alerts. */
export function alertsByCommit(rows: readonly AccountedRow[]): Map<number, BudgetAlert[]> {
  const alerts = rows[0]?.alerts ?? [];
  return new Map(
    rows.map(({ number }) => [number, alerts.filter(({ commit }) => commit === number).map(({ commit: _, ...alert }) => alert)]),
  );
}
