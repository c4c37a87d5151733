import type { Payload } from '../wire/events.ts';

/** A reservation that brought a budget to 80 % of its cap or above (GRD-5). */
export type BudgetAlert = Payload<'budget.alerted'>;

/** Whether a budget has come to 80 % of its cap, and was not there before. Amounts in pico-dollars: what is spent and what is set aside. */
export function isAlerting({ cap, before, after }: { cap: bigint; before: bigint; after: bigint }): boolean {
  return cap > 0n && after * 5n >= cap * 4n && before * 5n < cap * 4n;
}
