import { accountChanges } from '@espalier/core';
import type { UsageQuery } from '@espalier/runtime/ports';
import { budget, reservedEvent, settledEvent } from '@espalier/runtime/testing';
import { type Kysely, sql, type Transaction } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../database/database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import type { Tables } from '../database/tables.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { type PostgresCluster, startPostgresCluster } from '../testing/postgres-cluster.ts';
import { accountsText } from './account-parameters.ts';
import { storeLedger } from './store-ledger.ts';

/** Two budgets, one of them with thousands beside it. */
const scopes = [budget('tenant_day', 't', 10 ** 15, '2026-11-30'), budget('session', 's7', 10 ** 15)];

/** What a batch of 64 runs does to the books: each settles call `n` and sets aside for the next. */
function changesOf(n: number): string {
  const runs = Array.from({ length: 64 }, (_, index) => `r${index}`);
  return accountsText(
    runs.map((run) => ({
      tenant: 't',
      accounts: {
        run,
        changes: accountChanges([settledEvent({ key: `${run}/${n}` }, 3), reservedEvent({ key: `${run}/${n + 1}`, amount: 5, scopes })]),
      },
    })),
  );
}

await describePostgres('the books with a hundred thousand requests and thirty thousand budgets', () => {
  let database: Database;
  let cluster: PostgresCluster; // of its own: on a shared one what fills the tables would keep readers of logs waiting
  beforeAll(async () => {
    cluster = await startPostgresCluster();
    database = postgresDatabase({ url: await migratedDatabase(cluster), connections: 1 });
    const { kysely } = database;
    for (let n = 0; n < 8; n += 1) await account(n); // the server has made its plan for good, of tables that are nearly empty
    await sql`
      insert into espalier.usage (tenant, key, try, run, status, at, settled_at, task, node, deployment, provider, model, prices,
        workflow, agent, session, amount, scopes, subjects, periods, cost)
      select 't', 'old/' || n, 1, 'old-' || n % 1000, 'recorded', n * 60000.0, n, 'root', 'n', 'd', 'p', 'm', 'x', 'w', 'a',
        's' || n % 30000, 5, array['session'], array['s' || n % 30000], array[''], 3
      from generate_series(1, 100000) n`.execute(kysely);
    await sql`
      insert into espalier.budgets (tenant, scope, subject, period, cap)
      select 't', 'session', 's' || n, '', 5 from generate_series(1, 30000) n on conflict do nothing`.execute(kysely);
  });
  afterAll(async () => {
    await database.close();
    await cluster.stop();
  });

  const account = (n: number, db: Kysely<Tables> = database.kysely) =>
    sql`select espalier.account(${changesOf(n)}::json, array(select generate_series(0, 63)))`.execute(db);

  /** What is read of both tables while something is done: rows, and how often a table from start to end. */
  function readBy(use: (trx: Transaction<Tables>) => Promise<unknown>): Promise<Record<string, { rows: number; scans: number }>> {
    return database.kysely.transaction().execute(async (trx) => {
      const before = await counted(trx);
      await use(trx);
      const after = await counted(trx);
      const difference = (table: string) => ({
        rows: (after[table]?.rows ?? 0) - (before[table]?.rows ?? 0),
        scans: (after[table]?.scans ?? 0) - (before[table]?.scans ?? 0),
      });
      return { usage: difference('usage'), budgets: difference('budgets') };
    });
  }

  it('S21 a commit reads only the rows that it changes, by a plan that is as old as its connection', async () => {
    const { usage, budgets } = await readBy((trx) => account(8, trx));
    expect(usage).toEqual({ rows: expect.any(Number), scans: 0 });
    expect(budgets).toEqual({ rows: expect.any(Number), scans: 0 });
    expect(usage?.rows).toBeGreaterThan(0);
    expect(Math.max(usage?.rows ?? 0, budgets?.rows ?? 0)).toBeLessThan(500);
  });

  it.each<[string, UsageQuery]>([
    ['of a run', { by: 'model', where: { run: 'old-7' } }],
    ['of a session', { by: 'model', where: { session: 's7' } }],
    ['of a day', { by: 'user', since: 60_000_000, until: 120_000_000 }],
  ])('usage %s is read without that of others', async (_, query) => {
    await sql`analyze espalier.usage`.execute(database.kysely);
    const { usage } = await readBy(async (trx) => {
      expect((await storeLedger((use) => use(trx), 't').usage(query)).length).toBeGreaterThan(0);
    });
    expect(usage?.rows).toBeGreaterThan(0);
    expect(usage?.rows).toBeLessThan(1500);
  });

  it('the latest budgets are read without all others', async () => {
    await sql`analyze espalier.budgets`.execute(database.kysely);
    const { budgets } = await readBy(async (trx) => {
      expect(await storeLedger((use) => use(trx), 't').budgets({ limit: 20 })).toHaveLength(20);
    });
    expect(budgets?.rows).toBeGreaterThan(0);
    expect(budgets?.rows).toBeLessThan(100);
  });
});

async function counted(trx: Transaction<Tables>): Promise<Record<string, { rows: number; scans: number }>> {
  const { rows } = await sql<{ table: string; read: string; scans: string }>`
    select relname as table, seq_tup_read + idx_tup_fetch as read, seq_scan as scans from pg_stat_xact_user_tables
    where relname in ('usage', 'budgets')`.execute(trx);
  return Object.fromEntries(rows.map(({ table, read, scans }) => [table, { rows: Number(read), scans: Number(scans) }]));
}
