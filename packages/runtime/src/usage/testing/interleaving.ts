import { accountChanges, type BudgetScope, EspalierError, type Reservation, type TimedEvent } from '@espalier/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleEvents } from '../../journal/sample-events.ts';
import type { BookkeepingTenant, BookkeepingUnderTest } from './bookkeeping.ts';
import { assumedEvent, budget, reservedEvent, settledEvent } from './sample-accounts.ts';

/** One commit of a run: how much is set aside for a call, and whether the call before it is settled in the same commit. */
interface Step {
  settles: 'no' | 'recorded' | 'assumed' | 'twice';
  /** Of what was set aside, in percent. */
  cost: number;
  amounts: number[];
  /** Which of the budgets each call counts against, as bits. */
  scopes: number;
  isStale: boolean;
}

const budgets: readonly BudgetScope[] = [
  budget('session', 'a', 100),
  budget('session', 'b', 60),
  budget('user_day', 'ann', 150, '2026-11-30'),
  budget('tenant_day', 't', 170, '2026-11-30'),
  budget('agent_month', 'writer', 1000, '2026-11'),
];

const step: fc.Arbitrary<Step> = fc.record({
  settles: fc.constantFrom('no', 'recorded', 'recorded', 'assumed', 'twice'),
  cost: fc.nat({ max: 100 }),
  amounts: fc.array(fc.nat({ max: 40 }), { maxLength: 2 }),
  scopes: fc.integer({ min: 1, max: 2 ** budgets.length - 1 }),
  isStale: fc.boolean(),
});

/** Of the suite of a journal with books: what holds whatever runs do at the same time. */
export function interleaving(open: () => Promise<BookkeepingUnderTest>, numRuns: number): void {
  it('S21 spend and reservations stay within the caps at every instant, and the books are what the journals say', async () => {
    const programs = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(programs, async (steps) => {
        const subject = await open();
        try {
          await observed(subject, Promise.all(steps.map((ofRun, index) => perform(subject, `r${index}`, ofRun))));
          expect(await balancesOf(subject)).toEqual(await balancesByJournals(subject));
        } finally {
          await subject.close();
        }
      }),
      { numRuns },
    );
  });
}

/** Looks at the budgets again and again while `work` is done. */
async function observed({ ledger }: BookkeepingTenant, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const watch = async () => {
    while (!isDone) {
      for (const { scope, subject, spent, reserved, cap } of await ledger.budgets()) {
        expect([scope, subject, spent + reserved <= cap && reserved >= 0n]).toEqual([scope, subject, true]);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all([done, watch()]);
}

interface Call {
  key: string;
  amount: number;
}

async function perform({ journal }: BookkeepingTenant, run: string, steps: readonly Step[]): Promise<void> {
  await journal.append(run, 0, sampleEvents(1));
  let open: Call[] = [];
  let seq = 1;
  for (const [index, { amounts, scopes, isStale, ...settling }] of steps.entries()) {
    const settled = settling.settles === 'no' ? [] : open.slice(0, 1);
    const calls = amounts.map((amount, number) => ({ key: `${run}/${index}.${number}`, amount }));
    const chosen = budgets.filter((_, bit) => scopes & (2 ** bit));
    const reservations = calls.map((call) => reservedEvent({ ...call, scopes: chosen }));
    const events = [...settled.flatMap((call) => settlements(call, settling)), ...reservations, ...sampleEvents(1)];
    if (isStale) await refused(journal.append(run, seq + 1, events), 'journal.stale_seq', true);
    if (await refused(journal.append(run, seq, events), 'budget.exceeded')) continue;
    seq += events.length;
    open = [...open.filter((call) => !settled.includes(call)), ...calls];
  }
}

function settlements({ key, amount }: Call, { settles, cost }: Pick<Step, 'settles' | 'cost'>): TimedEvent[] {
  if (settles === 'assumed') return [assumedEvent({ key }, amount)];
  const event = settledEvent({ key }, Math.floor((amount * cost) / 100));
  return settles === 'twice' ? [event, assumedEvent({ key }, amount), event] : [event];
}

/** Whether an append was refused with this code. What has to be refused may also be so by a budget: which comes first is not said. */
async function refused(appending: Promise<void>, code: string, mustBe = false): Promise<boolean> {
  try {
    await appending;
    if (mustBe) throw new Error(`${code} was expected`);
    return false;
  } catch (thrown) {
    if (thrown instanceof EspalierError && (thrown.code === code || (mustBe && thrown.code === 'budget.exceeded'))) return true;
    throw thrown;
  }
}

type Balances = Record<string, { spent: bigint; reserved: bigint }>;

async function balancesOf({ ledger }: BookkeepingTenant): Promise<Balances> {
  const found = await ledger.budgets();
  return Object.fromEntries(found.map(({ scope, subject, spent, reserved }) => [`${scope} ${subject}`, { spent, reserved }]));
}

/** What the events of all journals come to. */
async function balancesByJournals(subject: BookkeepingTenant): Promise<Balances> {
  const balances: Balances = {};
  const calls = await recordedCalls(subject);
  for (const { reservation, cost } of calls) {
    for (const { scope, subject: whose } of reservation.scopes) {
      const balance = balances[`${scope} ${whose}`] ?? { spent: 0n, reserved: 0n };
      balances[`${scope} ${whose}`] = balance;
      if (cost === undefined) balance.reserved += BigInt(reservation.amount);
      else balance.spent += cost;
    }
  }
  const usage = await subject.ledger.usage({ by: 'session' });
  const costs = calls.flatMap(({ cost }) => cost ?? []);
  expect(usage.reduce((sum, row) => sum + row.requests, 0)).toBe(costs.length);
  expect(usage.reduce((sum, row) => sum + row.cost, 0n)).toBe(costs.reduce((sum, cost) => sum + cost, 0n));
  return balances;
}

/** Every call of every journal: what is set aside for it, and by its first settlement what it has cost. */
async function recordedCalls({ journal }: BookkeepingTenant): Promise<{ reservation: Reservation; cost: bigint | undefined }[]> {
  const journals = await Promise.all((await journal.runs()).map((run) => journal.read(run)));
  const changes = accountChanges(journals.flat());
  return changes.flatMap((change) => {
    if (change.do !== 'reserve') return [];
    const settled = changes.find((other) => other.do === 'settle' && other.key === change.key);
    return [{ reservation: change.reservation, cost: settled?.do === 'settle' ? BigInt(settled.cost) : undefined }];
  });
}
