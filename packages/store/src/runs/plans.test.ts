import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database, Statement } from '../database/database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import { appendStatement } from '../log/commit-statements.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { claimStatement, heartbeatStatement, releaseStatement, takeStatement, unloadStatement } from './ownership-statements.ts';
import { requestStatement } from './request-statement.ts';

/** What PostgreSQL would read from start to end, of tables that are large. */
await describePostgres('statements over a hundred thousand runs and three hundred thousand events', (postgres) => {
  let database: Database;
  beforeAll(async () => {
    database = postgresDatabase({ url: await migratedDatabase(postgres), connections: 1 });
    await sql`
      insert into espalier.runs (tenant, run, workflow, workflow_hash, status, owner, epoch, lease_until, wake_at, started_at, ended_at)
      select 't' || n % 50, 'r' || n, 'w', 'h', case when n % 20 = 0 then 'running' else 'completed' end,
        case when n % 20 = 0 and n % 40 = 0 then 'owner-' || n % 7 end, 1,
        case when n % 20 = 0 and n % 40 = 0 then now() + interval '15 seconds' end,
        case when n % 20 = 0 and n % 40 <> 0 then now() + n % 1000 * interval '1 hour' end, n, case when n % 20 <> 0 then n end
      from generate_series(1, 100000) n`.execute(database.kysely);
    await sql`insert into espalier.streams (tenant, stream, seq, position, epoch) select tenant, 'run:' || run, 3, 1, 1 from espalier.runs`.execute(
      database.kysely,
    );
    await sql`
      insert into espalier.events (tenant, stream, seq, position, type, payload, at)
      select tenant, stream, n, row_number() over (), 'noted', '{}', 1 from espalier.streams, generate_series(1, 3) n`.execute(
      database.kysely,
    );
    await sql`analyze espalier.runs, espalier.streams, espalier.events`.execute(database.kysely);
  });
  afterAll(() => database.close());

  async function planOf(text: string, values: readonly unknown[]): Promise<string> {
    const literal = text.replaceAll(/\$(\d+)/g, (_, number) => literalOf(values[Number(number) - 1]));
    const { rows } = await sql.raw<Record<string, string>>(`explain ${literal}`).execute(database.kysely);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  const statements: [string, Statement, unknown[]][] = [
    ['a claim', claimStatement, ['me', 15_000, 10]],
    ['taking a run', takeStatement, ['me', 15_000, 't1', 'r1']],
    ['a heartbeat', heartbeatStatement, ['owner-3', 15_000]],
    ['unloading', unloadStatement, ['t1', 'r1', 1, 3, 'waiting', null]],
    ['releasing', releaseStatement, ['t1', 'r1', 1, 0, null]],
    ['a request', requestStatement, ['t1', 'r1', 'run.paused', '{}', 'me', 1, 'paused']],
    ['an append', appendStatement, ['t1', 'run:r1', 3, 1, 1, null, ['x'], ['{}'], [1]]],
  ];
  it.each(statements)('%s uses indexes', async (_, { text }, values) => {
    const plan = await planOf(text, values);
    expect(plan).not.toMatch(/Seq Scan on (runs|streams|events)/);
  });

  it.each([
    [
      'reading the log',
      `select * from espalier.events where (position, id) > (1500, 0) and position < pg_snapshot_xmin(pg_current_snapshot())::text::bigint order by position, id limit 200`,
    ],
    ['reading a stream', `select * from espalier.events where tenant = 't1' and stream = 'run:r1' and seq > 0 order by seq`],
    ['the newest runs', `select * from espalier.runs where tenant = 't1' order by started_at desc, run desc limit 20`],
  ])('%s uses an index, and sorts nothing', async (_, text) => {
    const plan = await planOf(text, []);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });

  it('a claim from a backlog of fifty thousand runs does not look at all of them', async () => {
    await sql`update espalier.runs set owner = null, lease_until = null, wake_at = now() - interval '1 hour' where ctid < '(800,0)'`.execute(
      database.kysely,
    );
    await sql`analyze espalier.runs`.execute(database.kysely);
    const plan = await planOf(`(analyze, timing off) ${claimStatement.text}`, ['me', 15_000, 10]);
    expect(plan).not.toMatch(/Seq Scan on runs/);
    const read = [...plan.matchAll(/ on runs .*actual rows=(\d+)/g)].map(([, rows]) => Number(rows));
    expect(read.length).toBeGreaterThan(1);
    expect(Math.max(...read)).toBeLessThan(20);
  });
});

function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `array[${value.map(literalOf).join(', ')}]`;
  return typeof value === 'number' ? String(value) : `'${value}'`;
}
