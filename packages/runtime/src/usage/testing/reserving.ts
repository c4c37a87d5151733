import type { TimedEvent } from '@espalier/core';
import { expect, it } from 'vitest';
import { sampleEvents } from '../../journal/sample-events.ts';
import { append, type BookkeepingUnderTest, balances, refusedBy, session, userDay } from './bookkeeping.ts';
import { assumedEvent, budget, noon, overrunEvent, reservedEvent, settledEvent } from './sample-accounts.ts';

/** Of the suite of a journal with books: what is set aside and settled. */
export function reserving(subject: () => BookkeepingUnderTest): void {
  it('COG-3 sets aside, and settles with what the call has cost', async () => {
    await append(subject(), [...sampleEvents(1), reservedEvent({ key: 'a', amount: 40, scopes: [session, userDay] })]);
    expect(await balances(subject())).toEqual({ 'user_day ann 2026-11-30': '0 + 40 of 1000', 'session s1': '0 + 40 of 100' });
    await append(subject(), [reservedEvent({ key: 'b', amount: 30, scopes: [session] })]);
    expect(await balances(subject())).toMatchObject({ 'session s1': '0 + 70 of 100' });
    await append(subject(), [settledEvent({ key: 'a' }, 25)]);
    expect(await balances(subject())).toEqual({ 'user_day ann 2026-11-30': '25 + 0 of 1000', 'session s1': '25 + 30 of 100' });
    await append(subject(), [assumedEvent({ key: 'b' }, 30)]);
    expect(await balances(subject())).toMatchObject({ 'session s1': '55 + 0 of 100' });
  });

  it('S21 counts what comes twice once: a reservation, and a settlement also of another kind', async () => {
    const events = [reservedEvent({ key: 'a', amount: 40, scopes: [session] })];
    await append(subject(), events);
    await append(subject(), events);
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 40 of 100' });
    await append(subject(), [settledEvent({ key: 'a' }, 25), settledEvent({ key: 'a' }, 26)]);
    for (const again of [settledEvent({ key: 'a' }, 25), assumedEvent({ key: 'a' }, 40), ...events]) await append(subject(), [again]);
    expect(await balances(subject())).toEqual({ 'session s1': '25 + 0 of 100' });
    expect(await subject().ledger.usage({ by: 'session' })).toMatchObject([{ requests: 1, cost: 25n, assumed: 0n }]);
  });

  it('S21 leaves a settlement alone whose reservation it never saw', async () => {
    await append(subject(), [settledEvent({ key: 'a' }, 25), assumedEvent({ key: 'b' }, 25), overrunEvent({ key: 'c' }, [session])]);
    await append(subject(), [reservedEvent({ key: 'a', amount: 40, scopes: [session] })]);
    await append(subject(), [settledEvent({ key: 'a', try: 2 }, 25)]);
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 40 of 100' });
    expect(await subject().ledger.usage({ by: 'session' })).toEqual([]);
  });

  it('S9 settles one try before it reserves for the next, whichever event comes first', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 90, scopes: [session] })]);
    await append(subject(), [reservedEvent({ key: 'a', try: 2, amount: 80, scopes: [session] }), settledEvent({ key: 'a' }, 20)]);
    expect(await balances(subject())).toEqual({ 'session s1': '20 + 80 of 100' });
    await append(subject(), [assumedEvent({ key: 'a', try: 2 }, 80), reservedEvent({ key: 'a', try: 3, amount: 0, scopes: [session] })]);
    expect(await balances(subject())).toEqual({ 'session s1': '100 + 0 of 100' });
  });

  it('keeps periods, scopes and subjects apart', async () => {
    const scopes = [
      ...[userDay, { ...userDay, period: '2026-12-01' }, { ...userDay, subject: 'bob' }],
      ...[budget('agent_month', 'ann', 500, '2026-11'), budget('tenant_day', 'ann', 70, '2026-11-30')],
    ];
    for (const [index, scope] of scopes.entries())
      await append(subject(), [reservedEvent({ key: `k${index}`, amount: index + 1, scopes: [scope] })]);
    await append(subject(), [settledEvent({ key: 'k1' }, 1)]);
    expect(await balances(subject())).toEqual({
      'user_day ann 2026-12-01': '1 + 0 of 1000',
      'tenant_day ann 2026-11-30': '0 + 5 of 70',
      'user_day ann 2026-11-30': '0 + 1 of 1000',
      'user_day bob 2026-11-30': '0 + 3 of 1000',
      'agent_month ann 2026-11': '0 + 4 of 500',
    });
  });

  it('S15 keeps tenants apart that have runs, calls and budgets of the same names', async () => {
    const { neighbour } = subject();
    await append(subject(), [reservedEvent({ key: 'a', amount: 90, scopes: [session] })]);
    await append(neighbour, [reservedEvent({ key: 'a', amount: 60, scopes: [session] })]);
    await append(neighbour, [settledEvent({ key: 'a' }, 50), overrunEvent({ key: 'a' }, [session])]);
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 90 of 100' });
    expect(await balances(neighbour)).toEqual({ 'session s1': '50 + 0 of 100, closed' });
    expect(await subject().ledger.usage({ by: 'run' })).toEqual([]);
    expect(await subject().ledger.reopen(session)).toBe(0);
    expect(await neighbour.ledger.reopen(session)).toBe(1);
  });

  it('takes amounts that no number of JSON could hold', async () => {
    const large = budget('session', 'large', '999999999999999999');
    await append(subject(), [reservedEvent({ key: 'a', amount: '900000000000000001', scopes: [large] })]);
    await append(subject(), [settledEvent({ key: 'a' }, '900000000000000001', { input_tokens: Number.MAX_SAFE_INTEGER })]);
    expect(await subject().ledger.budgets()).toMatchObject([{ cap: 999_999_999_999_999_999n, spent: 900_000_000_000_000_001n }]);
    const [row] = await subject().ledger.usage({ by: 'run' });
    expect(row).toMatchObject({ cost: 900_000_000_000_000_001n, input_tokens: Number.MAX_SAFE_INTEGER });
  });

  it('takes accounts with whatever else a commit holds: a large prompt, the end of the run', async () => {
    await append(subject(), sampleEvents(1));
    const started = reservedEvent({ key: 'a', amount: 40, scopes: [session] });
    const large = { ...started, payload: { ...started.payload, input: { prompt: 'x'.repeat(100_000) } } } as TimedEvent;
    await append(subject(), [large]);
    const end: TimedEvent = { type: 'run.completed', payload: { outcome: 'success', exit: 'done' }, at: noon };
    await append(subject(), [settledEvent({ key: 'a' }, 30), end]);
    expect(await balances(subject())).toEqual({ 'session s1': '30 + 0 of 100' });
    expect(await subject().journal.read('r1')).toHaveLength(4);
  });

  it('S21 takes commits of many runs at once, and refuses just those for which there is no room', async () => {
    const runs = Array.from({ length: 30 }, (_, index) => `run-${index}`);
    for (const run of runs) await append(subject(), sampleEvents(1), run);
    const results = await Promise.allSettled(
      runs.map((run, index) =>
        subject().journal.append(run, 1, index % 3 === 2 ? sampleEvents(2) : [reservedEvent({ key: run, amount: 9, scopes: [session] })]),
      ),
    );
    const written = await Promise.all(runs.map(async (run) => (await subject().journal.read(run)).length > 1));
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(written);
    expect(written.filter((_, index) => index % 3 === 2)).toEqual(Array.from({ length: 10 }, () => true));
    expect(written.filter((_, index) => index % 3 !== 2).filter(Boolean)).toHaveLength(11);
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 99 of 100' });
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(refusedBy(session));
  });

  it('S21 settles in the very commit that reserves: nothing stays set aside', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 60, scopes: [session] }), assumedEvent({ key: 'a' }, 60)]);
    expect(await balances(subject())).toEqual({ 'session s1': '60 + 0 of 100' });
    await append(subject(), [reservedEvent({ key: 'b', amount: 40, scopes: [session] }), settledEvent({ key: 'b' }, 0)]);
    expect(await balances(subject())).toEqual({ 'session s1': '60 + 0 of 100' });
    expect(await subject().ledger.usage({ by: 'session' })).toMatchObject([{ requests: 2, cost: 60n, assumed: 60n }]);
  });
}
