import type { BudgetAlert, TimedEvent } from '@espalier/core';
import { expect, it } from 'vitest';
import { type BookkeepingUnderTest, session, userDay } from './bookkeeping.ts';
import { reservedEvent, settledEvent } from './sample-accounts.ts';

/** Of the suite of a journal with books: what a person is told before a budget is used up. */
export function alerting(subject: () => BookkeepingUnderTest): void {
  const told = async (events: readonly TimedEvent[], run = 'r1') => {
    const alerts: BudgetAlert[] = [];
    const { journal } = subject();
    await journal.append(run, (await journal.read(run)).length, events, (alert) => void alerts.push(alert));
    return alerts;
  };
  const reserve = (key: string, amount: number, scopes = [session]) => reservedEvent({ key, amount, scopes });

  it('GRD-5 comes with the commit that brings a budget to 80 % of its cap, and once', async () => {
    expect(await told([reserve('a', 79)])).toEqual([]);
    const [alert, ...others] = await told([reserve('b', 1)]);
    expect(others).toEqual([]);
    expect(alert).toEqual({ key: 'b', try: 1, task: 'root', node: 'draft', budget: session, used: '80' });
    expect(await told([reserve('c', 5)])).toEqual([]);
  });

  it('GRD-5 comes again if the budget had more room meanwhile', async () => {
    expect(await told([reserve('a', 85)])).toHaveLength(1);
    expect(await told([settledEvent({ key: 'a' }, 10)])).toEqual([]);
    expect(await told([reserve('b', 70)])).toMatchObject([{ key: 'b', used: '80' }]);
  });

  it('GRD-5 comes of each budget, with the last of several reservations', async () => {
    const alerts = await told([reserve('a', 50, [session, userDay]), reserve('b', 45, [session, { ...userDay, cap: '100' }])]);
    expect(alerts.map(({ key, used, budget }) => `${budget.scope} ${key} ${used}`).sort()).toEqual(['session b 95', 'user_day b 95']);
  });

  it('GRD-5 does not come with a commit that is refused', async () => {
    const alerts: BudgetAlert[] = [];
    const refused = subject().journal.append('r1', 0, [reserve('a', 101)], (alert) => void alerts.push(alert));
    await expect(refused).rejects.toMatchObject({ code: 'budget.exceeded' });
    expect(alerts).toEqual([]);
  });
}
