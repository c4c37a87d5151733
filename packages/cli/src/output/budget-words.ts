import { type BudgetScope, type BudgetScopeName, type JournalEvent, usdText } from '@espalier/core';
import { durationText } from './quantities.ts';

const holders: Readonly<Record<BudgetScopeName, string>> = {
  node: 'node',
  session: 'session',
  user_day: 'user',
  tenant_day: 'tenant',
  agent_month: 'agent',
  cost_centre_day: 'cost centre',
};

/** Whose budget it is, and of which day or month: `user ada on 2026-11-30`. */
export function holderText({ scope, subject, period }: Omit<BudgetScope, 'cap'>): string {
  const when = period === '' ? '' : period.length > 7 ? ` on ${period}` : ` in ${period}`;
  return `${scope === 'tenant_day' ? 'the tenant' : `${holders[scope]} ${subject}`}${when}`;
}

/** How much of a cap is used, in whole per cent, rounded down: what is not full is never shown as that. */
export function percentOf(used: bigint, cap: bigint): number {
  return cap === 0n ? 100 : Number((used * 100n) / cap);
}

/** What a run has to tell of budgets and circuits, in a sentence; undefined of any other event. */
export function warningOf(event: JournalEvent): string | undefined {
  switch (event.type) {
    case 'budget.alerted': {
      const { budget, used } = event.payload;
      const cap = BigInt(budget.cap);
      const share = percentOf(BigInt(used), cap);
      return `${usdText(BigInt(used))} of the ${usdText(cap)} of ${holderText(budget)} is spent or set aside (${share} %)`;
    }
    case 'budget.overrun': {
      const { cost, reserved, scopes } = event.payload;
      const closed = scopes.length === 0 ? '' : `; closed until somebody opens it: ${scopes.map(holderText).join(', ')}`;
      return `a request cost ${usdText(BigInt(cost))}, more than the ${usdText(BigInt(reserved))} that was set aside${closed}`;
    }
    case 'circuit.opened': {
      const { session, cause, reason, retry_at } = event.payload;
      if (cause === 'cost') return `the agents of session ${session} are stopped: a budget admits nothing more`;
      const why = reason.replace(/\.$/, '');
      return `the circuit of session ${session} is open for ${durationText(retry_at - event.at)}: ${why}`;
    }
    default:
      return undefined;
  }
}
