import type { BudgetScopeName } from '@espalier/core';
import { expect, it } from 'vitest';
import { budgetExceeded } from './budget-exceeded.ts';

const dollar = 10n ** 12n;
const refusal = { key: 'k', try: 2, cap: 5n * dollar, spent: 4n * dollar, reserved: 0n, wanted: 2n * dollar, isClosed: false };

it.each<[BudgetScopeName, string, string, string]>([
  ['node', 'r/root/draft', '', 'Node r/root/draft may spend $5.00: '],
  ['session', 's1', '', 'Session s1 may spend $5.00: '],
  ['user_day', 'ann', '2026-11-30', 'User ann may spend $5.00 on 2026-11-30: '],
  ['tenant_day', 'acme', '2026-11-30', 'Tenant acme may spend $5.00 on 2026-11-30: '],
  ['agent_month', 'writer', '2026-11', 'Agent writer may spend $5.00 in 2026-11: '],
  ['cost_centre_day', 'evals', '2026-11-30', 'Cost centre evals may spend $5.00 on 2026-11-30: '],
])('S21 says whose budget a %s is, and when', (scope, subject, period, expected) => {
  const { message } = budgetExceeded({ ...refusal, scope, subject, period });
  expect(message).toBe(`${expected}$4.00 is spent, $0.00 set aside for calls under way, and this call may cost $2.00.`);
});

it('S21 says of a closed budget why it is, and that it can be opened', () => {
  const { message } = budgetExceeded({ ...refusal, scope: 'agent_month', subject: 'writer', period: '2026-11', isClosed: true });
  expect(message).toBe(
    'Agent writer may spend nothing more in 2026-11 until its budget is opened again: a provider charged more than could be set aside. $4.00 of $5.00 is spent.',
  );
});
