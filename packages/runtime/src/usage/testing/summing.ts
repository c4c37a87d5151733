import { beforeEach, expect, it } from 'vitest';
import { sampleEvents } from '../../journal/sample-events.ts';
import type { UsageGroup, UsageQuery } from '../../ports/ledger.ts';
import { append, type BookkeepingTenant, type BookkeepingUnderTest, session, userDay } from './bookkeeping.ts';
import { assumedEvent, budget, noon, overrunEvent, reservedEvent, settledEvent } from './sample-accounts.ts';

const day = 86_400_000;

/** Calls that differ in everything usage is summed up by. */
const calls = [
  { key: 'a', amount: 9, charged_to: { user: 'ann' } },
  { key: 'b', amount: 9, charged_to: { user: 'bob', session: 's2' }, model: 'small', at: noon + 1 },
  { key: 'c', amount: 9, charged_to: { agent: 'critic', workflow: 'books' }, provider: 'acme' },
  { key: 'd', amount: 9, charged_to: { cost_centre: 'evals' as const }, deployment: 'slow', at: noon + day / 2 },
  { key: 'e', amount: 9, charged_to: { user: 'ann' }, at: noon - day / 2 - 1 },
  { key: 'f', amount: 9, charged_to: { user: 'under way' } },
];

/** All but the last are settled, with 1, 2, 4, 8 and 16, of which 4 is assumed; `e` is another run's. */
async function spend(tenant: BookkeepingTenant): Promise<void> {
  const [first, others] = [calls.filter(({ key }) => key !== 'e'), calls.filter(({ key }) => key === 'e')];
  await append(tenant, [...sampleEvents(1), ...first.map(reservedEvent)]);
  await append(tenant, others.map(reservedEvent), 'r2');
  const tokens = { input_tokens: 100, output_tokens: 30, cache_read_tokens: 60, cache_write_tokens: 7, reasoning_tokens: 5 };
  const late = noon + 9 * day; // when it was settled does not matter
  await append(tenant, [settledEvent({ key: 'a', at: late }, 1, tokens), settledEvent({ key: 'b', at: late }, 2)]);
  await append(tenant, [assumedEvent({ key: 'c', at: late }, 4), settledEvent({ key: 'd', at: late }, 8)]);
  await append(tenant, [settledEvent({ key: 'e', at: late }, 16)], 'r2');
}

/** Of the suite of a journal with books: usage by every group. */
export function summing(subject: () => BookkeepingUnderTest): void {
  beforeEach(() => spend(subject()));
  const costs = async (query: UsageQuery) => (await subject().ledger.usage(query)).map(({ group, cost }) => [group, Number(cost)]);

  const groups: [UsageGroup, [string, number][]][] = [
    ['day', [['2026-11-29', 16], ['2026-12-01', 8], ['2026-11-30', 7]]],
    ['user', [['ann', 17], ['', 12], ['bob', 2]]],
    ['session', [['s1', 29], ['s2', 2]]],
    ['agent', [['writer', 27], ['critic', 4]]],
    ['workflow', [['letters', 27], ['books', 4]]],
    ['run', [['r2', 16], ['r1', 15]]],
    ['provider', [['offline', 27], ['acme', 4]]],
    ['model', [['text', 29], ['small', 2]]],
    ['deployment', [['fast', 23], ['slow', 8]]],
    ['cost_centre', [['', 23], ['evals', 8]]],
  ]; // biome-ignore format: one group per line
  it.each(groups)('COG-3 is summed up by %s, the dearest first', async (by, expected) => {
    expect(await costs({ by })).toEqual(expected);
  });

  it('COG-3 counts tokens, and what is assumed by itself; what is under way not at all', async () => {
    expect(await subject().ledger.usage({ by: 'session' })).toEqual([
      {
        ...{ group: 's1', requests: 4, cost: 29n, assumed: 4n, assumed_requests: 1 },
        ...{ input_tokens: 120, output_tokens: 34, cache_read_tokens: 60, cache_write_tokens: 7, reasoning_tokens: 5 },
      },
      {
        ...{ group: 's2', requests: 1, cost: 2n, assumed: 0n, assumed_requests: 0 },
        ...{ input_tokens: 10, output_tokens: 2, cache_read_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0 },
      },
    ]);
  });

  it('goes by when calls were made, without the end of the time asked for', async () => {
    expect(await costs({ by: 'run', since: noon })).toEqual([['r1', 15]]);
    expect(await costs({ by: 'run', since: noon, until: noon + 1 })).toEqual([['r1', 5]]);
    expect(await costs({ by: 'day', until: noon })).toEqual([['2026-11-29', 16]]);
    expect(await costs({ by: 'day', since: noon + day })).toEqual([]);
  });

  it.each<[UsageQuery['where'], number]>([
    [{ user: 'ann' }, 17],
    [{ user: 'ann', run: 'r1' }, 1],
    [{ user: '' }, 12],
    [{ session: 's2' }, 2],
    [{ agent: 'writer', workflow: 'letters', provider: 'offline', model: 'text', deployment: 'fast', cost_centre: '' }, 17],
    [{ cost_centre: 'evals' }, 8],
  ])('is asked for of %j', async (where, expected) => {
    const total = (await costs({ by: 'day', where })).reduce((sum, [, cost]) => sum + Number(cost), 0);
    expect(total).toBe(expected);
  });

  it('is that of some only where so many are asked for, in an order that is always the same', async () => {
    expect(await costs({ by: 'user', limit: 2 })).toEqual([['ann', 17], ['', 12]]); // biome-ignore format: a row each
    await append(subject(), [reservedEvent({ key: 'z', amount: 9, charged_to: { user: 'zoe' } })]);
    await append(subject(), [settledEvent({ key: 'z' }, 17)]);
    expect(await costs({ by: 'user', limit: 2 })).toEqual([['ann', 17], ['zoe', 17]]); // biome-ignore format: a row each
  });
}

/** Of the suite of a journal with books: the budgets there are. */
export function listing(subject: () => BookkeepingUnderTest): void {
  const month = budget('agent_month', 'writer', 300, '2026-11');
  const scopes = [
    session,
    budget('session', 's0', 5),
    userDay,
    { ...userDay, period: '2026-12-02' },
    month,
    budget('node', 'r1/root/draft', 7),
  ];
  beforeEach(async () => {
    await append(subject(), [...sampleEvents(1), reservedEvent({ key: 'a', amount: 3, scopes })]);
  });
  const names = async (query?: Parameters<BookkeepingTenant['ledger']['budgets']>[0]) =>
    (await subject().ledger.budgets(query)).map(({ scope, subject: whose, period }) => [scope, whose, period].join(' ').trim());

  it('S21 come those of the latest periods first, and those that are not renewed last', async () => {
    expect(await names()).toEqual([
      ...['user_day ann 2026-12-02', 'user_day ann 2026-11-30', 'agent_month writer 2026-11'],
      ...['node r1/root/draft', 'session s0', 'session s1'],
    ]);
    expect(await names({ limit: 2 })).toEqual(['user_day ann 2026-12-02', 'user_day ann 2026-11-30']);
  });

  it('are asked for by scope and by subject', async () => {
    expect(await names({ scope: 'session' })).toEqual(['session s0', 'session s1']);
    expect(await names({ scope: 'user_day', subject: 'ann', limit: 1 })).toEqual(['user_day ann 2026-12-02']);
    expect(await names({ subject: 'writer' })).toEqual(['agent_month writer 2026-11']);
    expect(await names({ scope: 'node', subject: 'writer' })).toEqual([]);
  });

  it('come whole', async () => {
    await append(subject(), [settledEvent({ key: 'a' }, 4), overrunEvent({ key: 'a' }, scopes)]);
    expect(await subject().ledger.budgets({ scope: 'agent_month' })).toEqual([
      { scope: 'agent_month', subject: 'writer', period: '2026-11', cap: 300n, spent: 4n, reserved: 0n, isClosed: true },
    ]);
    expect(await subject().ledger.reopen({ scope: 'user_day', subject: 'ann' })).toBe(2);
  });
}
