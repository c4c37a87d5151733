import { EspalierError } from '../errors/espalier-error.ts';
import type { JsonObject } from '../wire/json.ts';
import type { BudgetScope, BudgetScopeName } from '../wire/usage.ts';
import { usdText } from './pico-dollars.ts';

/** A reservation that a budget does not admit. Amounts in pico-dollars. */
export interface BudgetRefusal extends Omit<BudgetScope, 'cap'> {
  key: string;
  try: number;
  cap: bigint;
  /** Of the budget, what the same commit settles included. */
  spent: bigint;
  reserved: bigint;
  /** What was to be set aside. */
  wanted: bigint;
  /** Nothing at all is admitted, since a provider charged more than could be set aside. */
  isClosed: boolean;
}

const holders: Readonly<Record<BudgetScopeName, string>> = {
  node: 'Node',
  session: 'Session',
  user_day: 'User',
  tenant_day: 'Tenant',
  agent_month: 'Agent',
  cost_centre_day: 'Cost centre',
};

/** The error `budget.exceeded` (S21). Its details hold the amounts as digits, and `closed` if the budget is. */
export function budgetExceeded(refusal: BudgetRefusal): EspalierError {
  const { cap, spent, reserved, wanted, isClosed, key, try: attempt, scope, subject, period } = refusal;
  const amounts = { cap: String(cap), spent: String(spent), reserved: String(reserved), wanted: String(wanted) };
  const details: JsonObject = { key, try: attempt, scope, subject, period, ...amounts, ...(isClosed ? { closed: true } : {}) };
  return new EspalierError('budget.exceeded', isClosed ? closedText(refusal) : fullText(refusal), { details });
}

function fullText(refusal: BudgetRefusal): string {
  const { cap, spent, reserved, wanted } = refusal;
  const used = `${usdText(spent)} is spent, ${usdText(reserved)} set aside for calls under way, and this call may cost ${usdText(wanted)}.`;
  return `${holderOf(refusal)} may spend ${usdText(cap)}${periodText(refusal)}: ${used}`;
}

function closedText(refusal: BudgetRefusal): string {
  const { cap, spent } = refusal;
  const why = 'a provider charged more than could be set aside';
  return `${holderOf(refusal)} may spend nothing more${periodText(refusal)} until its budget is opened again: ${why}. ${usdText(spent)} of ${usdText(cap)} is spent.`;
}

function holderOf({ scope, subject }: BudgetRefusal): string {
  return `${holders[scope]} ${subject}`;
}

/** A month has two parts, a day three. */
function periodText({ period }: BudgetRefusal): string {
  if (period === '') return '';
  return period.split('-').length === 2 ? ` in ${period}` : ` on ${period}`;
}
