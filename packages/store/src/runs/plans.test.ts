import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database, Statement } from '../database/database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import {
  appendAccountingStatement,
  appendManyAccountingStatement,
  appendManyStatement,
  appendStatement,
} from '../log/append-statements.ts';
import { prepareCommit } from '../log/commit-parameters.ts';
import { commitAccountingStatement, commitStatement } from '../log/commit-statement.ts';
import { logRows } from '../log/log-rows.ts';
import { runStatement } from '../log/run-statements.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { type PostgresCluster, startPostgresCluster } from '../testing/postgres-cluster.ts';
import { claimStatement, heartbeatStatement, releaseStatement, takeStatement, unloadStatement } from './ownership-statements.ts';
import { requestStatement } from './request-statement.ts';

/** What PostgreSQL would read from start to end, of tables that are large. */
await describePostgres('statements over a hundred thousand runs and three hundred thousand events', () => {
  let database: Database;
  let cluster: PostgresCluster; // of its own: on a shared one the transactions that fill the tables would keep readers waiting
  beforeAll(async () => {
    cluster = await startPostgresCluster();
    database = postgresDatabase({ url: await migratedDatabase(cluster), connections: 1 });
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
      insert into espalier.commits (tenant, stream, seq, count, position, types, events)
      select tenant, stream, n, 1, row_number() over (), array['noted'], '[["noted",1,{}]]' from espalier.streams, generate_series(1, 3) n`.execute(
      database.kysely,
    );
    await sql`analyze espalier.runs, espalier.streams, espalier.commits`.execute(database.kysely);
  });
  afterAll(async () => {
    await database.close();
    await cluster.stop();
  });

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
    ['a request', requestStatement, ['t1', 'r1', 'run.paused', '[]', 'me', 'paused']],
    ['an append', appendStatement, ['t1', 'run:r1', 3, 1, 1, ['x'], '[]', null]],
  ];
  it.each(statements)('%s uses indexes', async (_, { text }, values) => {
    const plan = await planOf(text, values);
    expect(plan).not.toMatch(/Seq Scan on (runs|streams|commits)/);
  });

  it.each([
    ['reading a stream', `select * from espalier.commits where tenant = 't1' and stream = 'run:r1' and seq >= 0 order by seq`],
    ['the newest runs', `select * from espalier.runs where tenant = 't1' order by started_at desc, run desc limit 20`],
  ])('%s uses an index, and sorts nothing', async (_, text) => {
    const plan = await planOf(text, []);
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });

  it.each([undefined, ['rare']])('reading the log, of the types %j, uses an index, and sorts nothing', async (types) => {
    const query = logRows(database.kysely, { after: { position: '1500', id: '7', taken: 1 }, limit: 200, types });
    const plan = JSON.stringify(await query.explain('text'));
    expect(plan).toContain('commits_in_order');
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

/** A server plans a statement once per connection. Most connections are made when a database is young, and go on for months. */
await describePostgres('statements that were planned while the tables were empty', (postgres) => {
  let database: Database;
  beforeAll(async () => {
    database = postgresDatabase({ url: await migratedDatabase(postgres), connections: 1 });
    await sql`set plan_cache_mode = force_generic_plan`.execute(database.kysely);
  });
  afterAll(() => database.close());

  const statements: [string, Statement | undefined][] = [
    ['an append', appendStatement],
    ['several appends', appendManyStatement],
    ['commits of any kind', commitStatement],
    ['an append that changes the books', appendAccountingStatement],
    ['several appends of which some change the books', appendManyAccountingStatement],
    ['commits of any kind that change the books', commitAccountingStatement],
    ['the start of a run', statementOf(0)],
    ['the end of a run', statementOf(3)],
    ['a claim', claimStatement],
    ['taking a run', takeStatement],
    ['unloading', unloadStatement],
    ['releasing', releaseStatement],
    ['a request', requestStatement],
  ];
  it.each(statements)('%s finds rows by their keys', async (_, statement) => {
    if (!statement) throw new Error('a statement of its own was expected');
    await sql.raw(`prepare ${statement.name} as ${statement.text}`).execute(database.kysely);
    const parameters = new Set(statement.text.match(/\$\d+/g)).size;
    const call = `${statement.name}(${Array.from({ length: parameters }, () => 'null').join(', ')})`;
    const { rows } = await sql.raw<Record<string, string>>(`explain execute ${call}`).execute(database.kysely);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toMatch(/Seq Scan on (streams|runs|tasks|commits|payloads|payload_refs)/);
    expect(plan).not.toMatch(/runs_by_start/); // all runs of a tenant
  });
});

/** The statement for the first or the last commit of a run. */
function statementOf(expected: number): Statement | undefined {
  const events = [{ type: 'noted', payload: {}, at: 1 }];
  const started = { task: 't', workflow: 'w', workflowHash: 'h', owner: null, leaseMs: 0, startedAt: 1 };
  const isStart = expected === 0;
  const prepared = prepareCommit({
    tenant: 'a',
    streams: [
      { stream: 'run:r', expected, epoch: 1, events },
      { stream: 'task:t', events },
    ],
    run: { run: 'r', ...(isStart ? { create: started } : {}) },
    task: { task: 't', run: 'r', status: 'completed', at: 1, ...(isStart ? { create: { workflow: 'w', at: 1 } } : {}) },
  });
  return runStatement(prepared)?.statement;
}

function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return `array[${value.map(literalOf).join(', ')}]`;
  return typeof value === 'number' ? String(value) : `'${value}'`;
}
