import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../database/database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { claimQueuedStatement } from './claim-queued-statement.ts';

/** Most of them one tenant's. */
const backlog = 100_000;
const tenants = 20;

await describePostgres('ENG-Q the cost of a claim from a hundred thousand queued runs', (postgres) => {
  let database: Database;
  beforeAll(async () => {
    database = postgresDatabase({ url: await migratedDatabase(postgres), connections: 1 });
    const { kysely } = database;
    await sql`
      insert into espalier.queues (tenant, workflow, max_concurrency, rate_runs, rate_ms)
      select 't' || n, 'w', 10, 1000, 60000 from generate_series(0, ${sql.lit(tenants - 1)}) n`.execute(kysely);
    await sql`insert into espalier.queue_turns (tenant, workflow) select tenant, workflow from espalier.queues`.execute(kysely);
    await sql`
      insert into espalier.runs (tenant, run, workflow, workflow_hash, status, started_at)
      select 't' || case when n % 10 = 0 then n / 10 % ${sql.lit(tenants)} else 0 end, 'r' || n, 'w', 'h', 'queued', n
      from generate_series(1, ${sql.lit(backlog)}) n`.execute(kysely);
    await sql`insert into espalier.streams (tenant, stream, seq, position, epoch) select tenant, 'run:' || run, 2, 1, 1 from espalier.runs`.execute(
      kysely,
    );
    await sql`analyze espalier.runs, espalier.streams, espalier.queues, espalier.queue_turns`.execute(kysely);
  });
  afterAll(() => database.close());

  /** What a claim did, as PostgreSQL tells it. */
  async function planOf(limit: number, tenant: string | null): Promise<string> {
    const values = [`'me'`, '15000', String(limit), tenant === null ? 'null' : `'${tenant}'`, 'null'];
    const literal = claimQueuedStatement.text.replaceAll(/\$(\d)/g, (_, number) => values[Number(number) - 1] ?? '');
    const { rows } = await sql.raw<Record<string, string>>(`explain (analyze, timing off) ${literal}`).execute(database.kysely);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  it.each([
    ['all tenants', null],
    ['one tenant', 't0'],
  ])('of %s does not depend on how many queue', async (_, tenant) => {
    const plan = await planOf(10, tenant);
    expect(plan).not.toMatch(/Seq Scan on (runs|streams)/);
    const read = [...plan.matchAll(/ on (?:runs|streams) .*actual rows=(\d+) loops=(\d+)/g)].map(
      ([, rows, loops]) => Number(rows) * Number(loops),
    );
    expect(read.length).toBeGreaterThan(3);
    expect(Math.max(...read)).toBeLessThanOrEqual(10 * tenants);
  });
});
