import { type BudgetScopeName, budgetExceeded, type EspalierError } from '@espalier/core';

/** The SQLSTATE by which `espalier.account` refuses a reservation. */
export const budgetState = 'ESPBX';

/** What it says of it, as JSON. Amounts as digits. */
interface RefusalDetail {
  key: string;
  try: number;
  scope: BudgetScopeName;
  subject: string;
  period: string;
  cap: string;
  spent: string;
  reserved: string;
  wanted: string;
  closed: boolean;
}

/** The error of the database by which a budget refuses a reservation, as `budget.exceeded`. */
export function budgetRefusal(thrown: object): EspalierError {
  const detail: RefusalDetail = JSON.parse(String('detail' in thrown ? thrown.detail : undefined));
  const { closed: isClosed, cap, spent, reserved, wanted, ...call } = detail;
  const amounts = { cap: BigInt(cap), spent: BigInt(spent), reserved: BigInt(reserved), wanted: BigInt(wanted) };
  return budgetExceeded({ ...call, ...amounts, isClosed });
}
