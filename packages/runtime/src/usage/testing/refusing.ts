import { expect, it } from 'vitest';
import { sampleEvents } from '../../journal/sample-events.ts';
import { append, type BookkeepingUnderTest, balances, refusedBy, session, userDay } from './bookkeeping.ts';
import { overrunEvent, reservedEvent, settledEvent } from './sample-accounts.ts';

/** Of the suite of a journal with books: what budgets do not admit. */
export function refusing(subject: () => BookkeepingUnderTest): void {
  it('S21 comes one pico-dollar above the cap, not at it', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 60, scopes: [session] })]);
    const above = subject().journal.append('r1', 1, [reservedEvent({ key: 'b', amount: 41, scopes: [session] })]);
    await expect(above).rejects.toMatchObject(refusedBy(session));
    await append(subject(), [reservedEvent({ key: 'b', amount: 40, scopes: [session] })]);
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 100 of 100' });
  });

  it('says in words and in figures what there was no room for', async () => {
    const dollars = { ...session, cap: '2000000000000' };
    const events = (key: string, amount: string) => [reservedEvent({ key, amount, scopes: [dollars] })];
    await append(subject(), events('a', '1200000000000'));
    await append(subject(), [settledEvent({ key: 'a' }, '1200000000000'), ...events('b', '700000000000')]);
    await expect(append(subject(), events('c', '350000000000'))).rejects.toMatchObject({
      code: 'budget.exceeded',
      message: 'Session s1 may spend $2.00: $1.20 is spent, $0.70 set aside for calls under way, and this call may cost $0.35.',
    });
    const failure = await append(subject(), events('c', '350000000000')).catch((thrown: unknown) => thrown);
    expect(Object(failure).details).toEqual({
      ...{ key: 'c', try: 1, scope: 'session', subject: 's1', period: '' },
      ...{ cap: '2000000000000', spent: '1200000000000', reserved: '700000000000', wanted: '350000000000' },
    });
  });

  it.each([
    ['first', [{ ...userDay, cap: '10' }, session]],
    ['last', [session, { ...userDay, cap: '10' }]],
  ])('S21 comes from every budget of a call, the %s of two too, and leaves nothing written', async (_, scopes) => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 5, scopes: [session, userDay] })]);
    const before = { journal: await subject().journal.read('r1'), balances: await balances(subject()) };
    const refused = [settledEvent({ key: 'a' }, 4), ...sampleEvents(1), reservedEvent({ key: 'b', amount: 7, scopes })];
    await expect(append(subject(), refused)).rejects.toMatchObject(
      refusedBy(userDay, { key: 'b', spent: '4', reserved: '0', wanted: '7' }),
    );
    expect({ journal: await subject().journal.read('r1'), balances: await balances(subject()) }).toEqual(before);
    await append(subject(), [settledEvent({ key: 'a' }, 4)]);
  });

  it('is one of the whole commit, and names the call that was too much', async () => {
    const budgets = { scopes: [session] };
    const calls = [50, 50, 1, 7].map((amount, index) => reservedEvent({ key: `k${index}`, amount, ...budgets }));
    await expect(append(subject(), calls)).rejects.toMatchObject(refusedBy(session, { key: 'k2', reserved: '100', wanted: '1' }));
    expect(await subject().ledger.budgets()).toEqual([]);
    expect(await subject().journal.read('r1')).toEqual([]);
    await append(subject(), calls.slice(0, 2));
  });

  it('goes by the cap of the reservation at hand', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 60, scopes: [session] })]);
    const lower = { ...session, cap: '70' };
    await expect(append(subject(), [reservedEvent({ key: 'b', amount: 11, scopes: [lower] })])).rejects.toMatchObject(refusedBy(session));
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 60 of 100' });
    await append(subject(), [reservedEvent({ key: 'b', amount: 10, scopes: [lower] })]);
    await append(subject(), [reservedEvent({ key: 'c', amount: 30, scopes: [session] })]);
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 100 of 100' });
  });

  it('S13 of the journal leaves the books as they were, and the caps', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 60, scopes: [session] })]);
    const events = [settledEvent({ key: 'a' }, 4), reservedEvent({ key: 'b', amount: 90, scopes: [{ ...session, cap: '200' }, userDay] })];
    await expect(subject().journal.append('r1', 9, events)).rejects.toMatchObject({ code: 'journal.stale_seq' });
    expect(await balances(subject())).toEqual({ 'session s1': '0 + 60 of 100' });
    expect(await subject().ledger.usage({ by: 'run' })).toEqual([]);
    await append(subject(), events);
    expect(await balances(subject())).toMatchObject({ 'session s1': '4 + 90 of 200' });
  });
}

/** Of the suite of a journal with books: budgets of which a provider charged more than was set aside. */
export function closing(subject: () => BookkeepingUnderTest): void {
  const scopes = [session, userDay];
  const overrun = () => append(subject(), [settledEvent({ key: 'a' }, 12), overrunEvent({ key: 'a' }, scopes), ...sampleEvents(1)]);

  it('S21 admits nothing until it is opened again', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 5, scopes })]);
    await overrun();
    const next = [reservedEvent({ key: 'b', amount: 0, scopes: [userDay] })];
    await expect(append(subject(), next)).rejects.toMatchObject({
      ...refusedBy(userDay, { closed: true, spent: '12' }),
      message: expect.stringMatching(/^User ann may spend nothing more on 2026-11-30 until its budget is opened again/),
    });
    expect(await balances(subject())).toEqual({
      'user_day ann 2026-11-30': '12 + 0 of 1000, closed',
      'session s1': '12 + 0 of 100, closed',
    });
    expect(await subject().ledger.reopen({ scope: 'user_day', subject: 'bob' })).toBe(0);
    expect(await subject().ledger.reopen(userDay)).toBe(1);
    expect(await subject().ledger.reopen(userDay)).toBe(0);
    await append(subject(), next);
    await expect(append(subject(), [reservedEvent({ key: 'c', amount: 0, scopes })])).rejects.toMatchObject(refusedBy(session));
  });

  it('still settles what was under way', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 5, scopes }), reservedEvent({ key: 'b', amount: 5, scopes })]);
    await overrun();
    await append(subject(), [settledEvent({ key: 'b' }, 3)]);
    expect(await balances(subject())).toMatchObject({ 'session s1': '15 + 0 of 100, closed' });
  });

  it('admits nothing in the commit that closes it either', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 5, scopes })]);
    const both = [reservedEvent({ key: 'b', amount: 1, scopes }), settledEvent({ key: 'a' }, 12), overrunEvent({ key: 'a' }, scopes)];
    await expect(append(subject(), both)).rejects.toMatchObject(refusedBy(session, { closed: true }));
    expect(await balances(subject())).toMatchObject({ 'session s1': '0 + 5 of 100' });
  });

  it('that is overdrawn and open again admits what its cap leaves: nothing', async () => {
    await append(subject(), [reservedEvent({ key: 'a', amount: 5, scopes: [session] })]);
    await append(subject(), [settledEvent({ key: 'a' }, 101), overrunEvent({ key: 'a' }, [session])]);
    await subject().ledger.reopen(session);
    const nothing = reservedEvent({ key: 'b', amount: 0, scopes: [session] });
    const failure = await append(subject(), [nothing]).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject(refusedBy(session, { spent: '101' }));
    expect(Object(failure).details).not.toHaveProperty('closed');
  });
}
