import { canonicalJson, sha256 } from '@espalier/core';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import { reserving } from '../testing/accounting-commits.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { type PostgresCluster, startPostgresCluster } from '../testing/postgres-cluster.ts';

const caps = { c: 100, b: 100, a: 100 };
const large = 'x'.repeat(30_000);

/** What a commit holds while it waits shows in which order it locks. */
await describePostgres('S4 S21 a commit that changes budgets', () => {
  let cluster: PostgresCluster; // of its own: on a shared one the transactions that it holds open would keep readers of logs waiting
  let store: Store;
  let other: pg.Client;
  let seq = 1;
  beforeAll(async () => {
    cluster = await startPostgresCluster();
    const url = await migratedDatabase(cluster);
    store = await openStore({ location: { url } });
    other = new pg.Client(url);
    await other.connect();
    await store
      .system()
      .journal('t')
      .append('r1', 0, [reserving('made', 0, caps)]);
  });
  afterAll(async () => {
    await other.end();
    await store.close();
    await cluster.stop();
  });
  beforeEach(() => other.query('begin'));

  /** Which budgets are free while the commit waits for what the other transaction has; then it may go on. */
  async function freeWhileWaiting(run: string, expected: number, input?: string): Promise<string[]> {
    const appending = store
      .system()
      .journal('t')
      .append(run, expected, [reserving(`${run}/${expected}`, 1, caps, input)]);
    const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await waiting.execute(store.system().kysely)).rows.length).toBe(1);
    const free = sql<{ subject: string }>`select subject from espalier.budgets order by subject for update skip locked`;
    const { rows } = await free.execute(store.system().kysely);
    await other.query('rollback');
    await appending;
    return rows.map(({ subject }) => subject);
  }

  it.each([
    ['a', ['b', 'c']],
    ['b', ['c']],
    ['c', []],
  ])('takes them in the order of their names, whatever the order of the call: while it waits for %s, %j are free', async (held, free) => {
    await other.query('select from espalier.budgets where subject = $1 for update', [held]);
    expect(await freeWhileWaiting('r1', seq)).toEqual(free);
    seq += 1;
  });

  it('takes no budget before the head of its stream', async () => {
    await other.query(`select from espalier.streams where stream = 'run:r1' for update`);
    expect(await freeWhileWaiting('r1', seq)).toEqual(['a', 'b', 'c']);
    seq += 1;
  });

  it('takes no budget before a head that another one is about to make', async () => {
    await other.query(`insert into espalier.streams (tenant, stream, seq, position) values ('t', 'run:r2', 1, 1)`);
    expect(await freeWhileWaiting('r2', 0)).toEqual(['a', 'b', 'c']);
  });

  it('takes no budget before a large value that another one is about to keep', async () => {
    const text = canonicalJson(large);
    await other.query(`insert into espalier.payloads (tenant, hash, text) values ('t', $1, $2)`, [sha256(text), text]);
    expect(await freeWhileWaiting('r1', seq, large)).toEqual(['a', 'b', 'c']);
    seq += 1;
  });
});
