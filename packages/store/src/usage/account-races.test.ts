import { EspalierError, type TimedEvent } from '@espalier/core';
import { assumedEvent, sampleEvents, settledEvent } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { StoreJournal } from '../journal/store-journal.ts';
import { openStore, type Store } from '../open-store.ts';
import { reserving } from '../testing/accounting-commits.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { type PostgresCluster, startPostgresCluster } from '../testing/postgres-cluster.ts';

await describePostgres('S21 budgets that several processes spend', () => {
  let cluster: PostgresCluster; // of its own: on a shared one so many transactions would keep readers of logs waiting
  let stores: Store[];
  let tenant = 0;
  beforeAll(async () => {
    cluster = await startPostgresCluster();
    const url = await migratedDatabase(cluster);
    stores = await Promise.all(Array.from({ length: 8 }, () => openStore({ location: { url, connections: 4 } })));
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await cluster.stop();
  });
  beforeEach(() => {
    tenant += 1;
  });
  const first = () => stores[0] as Store;
  const ledger = () => first().tenant(`t${tenant}`).ledger;
  const journal = (store: Store) => store.system().journal(`t${tenant}`);
  const deadlocks = async () => {
    const { rows } = await sql<{ deadlocks: string }>`select deadlocks from pg_stat_database where datname = current_database()`.execute(
      first().system().kysely,
    );
    return Number(rows[0]?.deadlocks);
  };

  it('COG-3 eight writers in different orders: no deadlock, no cap exceeded at any instant, and sums that are right', async () => {
    const caps = { a: 4000, b: 900, c: 5000, d: 1500, e: 7000 };
    const before = await deadlocks();
    const work = Promise.all(stores.map((store, index) => spendAtRandom(journal(store), `w${index}`, caps)));
    const [refusals, looks] = await Promise.all([work, watch(work)]);
    expect(looks).toBeGreaterThan(20);
    expect(refusals.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
    expect(await sums('budgets')).toEqual(await sums('usage'));
    expect(await deadlocks()).toBe(before);
  });

  /** Looks at the budgets until the work is done. @returns how often. */
  async function watch(work: Promise<unknown>): Promise<number> {
    let isDone = false;
    work.finally(() => {
      isDone = true;
    });
    let looks = 0;
    for (; !isDone; looks += 1) {
      for (const { subject, spent, reserved, cap } of await ledger().budgets()) {
        expect([subject, spent + reserved <= cap, reserved >= 0n]).toEqual([subject, true, true]);
      }
    }
    return looks;
  }

  /** Per budget what is spent and reserved, as it stands or as the rows of requests say. */
  async function sums(of: 'budgets' | 'usage') {
    const { kysely } = first().system();
    const statement =
      of === 'budgets'
        ? sql<object>`select subject, spent::text, reserved::text from espalier.budgets where tenant = ${`t${tenant}`} order by subject`
        : sql<object>`
            select s.subject, coalesce(sum(cost), 0)::text as spent, coalesce(sum(amount) filter (where status = 'reserved'), 0)::text as reserved
            from espalier.usage, unnest(subjects) as s (subject) where tenant = ${`t${tenant}`} group by 1 order by 1`;
    return (await statement.execute(kysely)).rows;
  }

  it('two hundred calls at once for the last of a budget: it is given away to the full, and to nobody beyond that', async () => {
    const runs = Array.from({ length: 200 }, (_, index) => ({ run: `r${index}`, own: journal(stores[index % 8] as Store) }));
    await Promise.all(runs.map(({ run, own }) => own.append(run, 0, sampleEvents(1))));
    const results = await Promise.allSettled(
      runs.map(({ run, own }) => own.append(run, 1, [reserving(run, 3, { last: 100, other: 100_000 })])),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(33);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'budget.exceeded' });
    expect(await ledger().budgets()).toMatchObject([{ subject: 'last', reserved: 99n }, { subject: 'other', reserved: 99n }]); // biome-ignore format: a row each
  });

  it('a run whose first commit was refused belongs to whoever makes it', async () => {
    const [mine, theirs] = [journal(stores[1] as Store), journal(stores[2] as Store)];
    await expect(mine.append('r1', 0, [reserving('r1', 3, { s: 2 })])).rejects.toMatchObject({ code: 'budget.exceeded' });
    await theirs.append('r1', 0, sampleEvents(1));
    await expect(mine.append('r1', 1, sampleEvents(1))).rejects.toMatchObject({ code: 'journal.locked' });
  });

  it('what closes a budget and what opens it wait for each other, and for nobody else', async () => {
    const own = journal(first());
    const before = await deadlocks();
    await own.append('r1', 0, sampleEvents(1));
    let seq = 1;
    for (let round = 0; round < 30; round += 1) {
      const scopes = shuffled({ a: 1000, b: 1000 });
      const key = `k${round}`;
      const events: TimedEvent[] = [reserving(key, 1, scopes)];
      await own.append('r1', seq, events);
      seq += events.length;
      const closing: TimedEvent[] = [
        settledEvent({ key }, 1),
        { type: 'budget.overrun', payload: { key, try: 1, task: 'root', node: 'draft', reserved: '1', cost: '1', scopes: [] }, at: 1 },
      ];
      const opening = Object.keys(scopes).map((subject) => ledger().reopen({ scope: 'session', subject }));
      await Promise.all([own.append('r1', seq, closing), ...opening]);
      seq += closing.length;
      for (const subject of Object.keys(scopes)) await ledger().reopen({ scope: 'session', subject });
    }
    expect(await ledger().budgets()).toMatchObject([{ spent: 30n, isClosed: false }, { spent: 30n, isClosed: false }]); // biome-ignore format: a row each
    expect(await deadlocks()).toBe(before);
  });
});

interface Call {
  key: string;
  amount: number;
}

type Caps = Readonly<Record<string, number>>;

/** What the runs of one process do to the books. @returns how often a budget refused. */
async function spendAtRandom(journal: StoreJournal, name: string, caps: Caps): Promise<number> {
  const refusals = await Promise.all(Array.from({ length: 6 }, (_, index) => driveAtRandom(journal, `${name}-${index}`, caps)));
  return refusals.reduce((sum, count) => sum + count, 0);
}

async function driveAtRandom(journal: StoreJournal, run: string, caps: Caps): Promise<number> {
  let refusals = 0;
  let seq = 0;
  const append = async (events: readonly TimedEvent[]) => {
    await journal.append(run, seq, events);
    seq += events.length;
  };
  let open: Call | undefined;
  for (let step = 0; step < 25; step += 1) {
    const call = { key: `${run}/${step}`, amount: Math.floor(Math.random() * 40) };
    const settled = open ? [settlement(open)] : [];
    // The first commit makes the run, and now and then one holds the same large prompt as others: these wait for each other elsewhere too.
    const input = Math.random() < 0.2 ? `${step % 3}`.repeat(20_000) : undefined;
    const isAdmitted = await admitted(append([...settled, reserving(call.key, call.amount, shuffled(caps), input)]));
    if (!isAdmitted) await append([...settled, ...sampleEvents(1)]);
    refusals += isAdmitted ? 0 : 1;
    open = isAdmitted ? call : undefined;
  }
  await append([{ type: 'run.completed', payload: { outcome: 'success', exit: 'done' }, at: 1 }]);
  return refusals;
}

function settlement({ key, amount }: Call): TimedEvent {
  return Math.random() < 0.2 ? assumedEvent({ key }, amount) : settledEvent({ key }, Math.floor(Math.random() * (amount + 1)));
}

async function admitted(appending: Promise<void>): Promise<boolean> {
  try {
    await appending;
    return true;
  } catch (thrown) {
    if (thrown instanceof EspalierError && thrown.code === 'budget.exceeded') return false;
    throw thrown;
  }
}

/** The same in another order. */
function shuffled<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  const entries = Object.entries(record).map((entry) => ({ entry, at: Math.random() }));
  return Object.fromEntries(entries.sort((a, b) => a.at - b.at).map(({ entry }) => entry));
}
