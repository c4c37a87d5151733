import type { BudgetScope } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { budgetCapsSchema, budgetStep } from './budget-step.ts';
import type { AdmissionContext } from './gate.ts';
import { modelContext, modelEffect, plannedRequest } from './testing/sample-context.ts';

const now = () => Date.UTC(2026, 10, 30, 23, 59);

async function reservationFor(context: AdmissionContext, caps: object = {}) {
  const judgement = await budgetStep(budgetCapsSchema.parse(caps), now).admit(modelEffect, context);
  return 'reservation' in judgement ? judgement.reservation : undefined;
}

const shown = (scopes: readonly BudgetScope[] = []) =>
  scopes.map(({ scope, subject, period, cap }) => `${scope} ${subject} ${period} ${cap}`.replace(/ +/g, ' '));

describe('GRD-5 the budget step', () => {
  it('sets aside the most that a request may cost, for two dollars a session and ten a user and day', async () => {
    const reservation = await reservationFor(modelContext());
    expect(reservation).toMatchObject({
      amount: '1000',
      deployment: 'd',
      prices: 'test',
      charged_to: { workflow: 'sample', agent: 'writer', session: 's1', user: 'ann' },
    });
    expect(shown(reservation?.scopes)).toEqual(['session s1 2000000000000', 'user_day ann 2026-11-30 10000000000000']);
  });

  it('asks every budget that has a cap, the nearest first', async () => {
    const context = modelContext({ request: { ...plannedRequest, nodeCap: 500n } });
    const reservation = await reservationFor(context, { tenant_day_usd: 100, agent_month_usd: 50 });
    expect(shown(reservation?.scopes)).toEqual([
      'node run-1/root/ask 500',
      'session s1 2000000000000',
      'user_day ann 2026-11-30 10000000000000',
      'agent_month sample/writer 2026-11 50000000000000',
      'tenant_day tenant 2026-11-30 100000000000000',
    ]);
  });

  it('S21 counts what the platform does for itself against the tenant and not against users', async () => {
    const payer = { workflow: 'sample', session: 's1', user: 'ann', costCentre: 'evals' as const };
    const reservation = await reservationFor(modelContext({ payer }), { tenant_day_usd: 100, evals_day_usd: 3 });
    expect(shown(reservation?.scopes)).toEqual([
      'cost_centre_day evals 2026-11-30 3000000000000',
      'tenant_day tenant 2026-11-30 100000000000000',
    ]);
    expect(reservation?.charged_to.cost_centre).toBe('evals');
  });

  it('has a row for what is free, and no budget for it', async () => {
    const reservation = await reservationFor(modelContext({ request: { ...plannedRequest, bound: 0n, isFree: true } }));
    expect(reservation).toMatchObject({ amount: '0', scopes: [] });
  });

  it('has no say in what is no model call', () => {
    expect(
      budgetStep(budgetCapsSchema.parse({}), now).concerns?.(
        { kind: 'tool', target: 't', input: {} },
        modelContext({ request: undefined }),
      ),
    ).toBe(false);
  });

  it('a cap of nothing is a cap', async () => {
    expect(shown((await reservationFor(modelContext(), { session_usd: 0, user_day_usd: null }))?.scopes)).toEqual(['session s1 0']);
  });
});
