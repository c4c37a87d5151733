import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { expect, it } from 'vitest';
import type { Database } from '../database/database.ts';
import { pgliteDatabase } from '../database/pglite-database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import { CommitWriter } from '../log/commit-writer.ts';
import { claimQueuedStatement } from '../queue/claim-queued-statement.ts';
import { describeDatabases } from '../testing/describe-databases.ts';
import { describePostgres, type TestPostgres } from '../testing/describe-postgres.ts';
import { openTestPglite } from '../testing/open-test-pglite.ts';
import { startPostgresCluster } from '../testing/postgres-cluster.ts';
import { migrateDown, migrateUp, requireCurrentSchema, schemaStatus } from './migrate.ts';
import { migrations } from './migrations.ts';

const all = Object.keys(migrations);

await describeDatabases('migrations', (open) => {
  it('QA-3 go up, down and up again one by one, with data in the tables', async () => {
    const { database } = await open();
    expect(await migrateUp(database)).toEqual(all);
    await fill(database, 'first');
    for (const name of all.toReversed()) expect(await migrateDown(database)).toBe(name);
    expect(await migrateDown(database)).toBeUndefined();
    expect(await schemaStatus(database)).toEqual({ applied: [], pending: all, unknown: [] });
    const left = await sql<{
      name: string;
    }>`select table_name as name from information_schema.tables where table_schema = 'espalier' order by 1`.execute(database.kysely);
    expect(left.rows.map(({ name }) => name)).toEqual(['migrations', 'migrations_lock']);
    expect(await migrateUp(database)).toEqual(all);
    expect(await migrateUp(database)).toEqual([]);
    await fill(database, 'second');
    for (const name of all.slice(1).toReversed()) {
      expect(await migrateDown(database)).toBe(name);
      expect((await sql`select 1 from espalier.events`.execute(database.kysely)).rows).toHaveLength(2); // what older migrations hold stays
    }
    expect(await migrateUp(database)).toEqual(all.slice(1));
    await database.close();
  });

  it('ENG-Q runs that queued while the queue was taken back are taken from it when it is there again', async () => {
    const { database } = await open();
    await migrateUp(database);
    const create = { task: null, workflow: 'w', workflowHash: 'h', owner: null, leaseMs: 0, startedAt: 1 };
    await new CommitWriter(database).write({
      tenant: 'a',
      streams: [
        { stream: 'run:r', expected: 0, epoch: 1, events: ['run.started', 'run.queued'].map((type) => ({ type, payload: {}, at: 1 })) },
      ],
      run: { run: 'r', create, status: 'queued' },
    });
    while ((await migrateDown(database)) !== '0005_queue');
    await migrateUp(database);
    await sql`update espalier.runs set status = 'queued', wake_at = null`.execute(database.kysely); // whoever looks at its journal leaves it so
    const { rows } = await database.perform(claimQueuedStatement, ['somebody', 1000, 5, null, null]);
    expect(rows).toMatchObject([{ run: 'r' }]);
    await database.close();
  });

  it('a database that is behind or newer is refused, and says which migration is meant', async () => {
    const { database } = await open();
    await expect(requireCurrentSchema(database)).rejects.toMatchObject({
      code: 'database.schema_behind',
      message: expect.stringContaining('no schema'),
    });
    await migrateUp(database);
    await migrateDown(database);
    const behind = { code: 'database.schema_behind', details: { pending: all.slice(-1) } };
    await expect(requireCurrentSchema(database)).rejects.toMatchObject(behind);
    await migrateUp(database);
    await requireCurrentSchema(database);
    await sql`insert into espalier.migrations (name, timestamp) values ('9999_later', '2030')`.execute(database.kysely);
    const newer = { code: 'database.schema_newer', message: expect.stringContaining('9999_later') };
    await expect(requireCurrentSchema(database)).rejects.toMatchObject(newer);
    await expect(migrateUp(database)).rejects.toMatchObject(newer);
    await expect(migrateDown(database)).rejects.toMatchObject(newer);
    await database.close();
  });

  it('one that fails leaves nothing of itself', async () => {
    const { database } = await open();
    await sql`create schema espalier`.execute(database.kysely);
    await sql`create table espalier.tasks (other text)`.execute(database.kysely);
    await expect(migrateUp(database)).rejects.toMatchObject({
      code: 'database.migration_failed',
      message: expect.stringMatching(/0002_runs failed and was rolled back: .*tasks/),
    });
    expect((await schemaStatus(database)).applied).toEqual([]);
    expect((await sql`select to_regclass('espalier.events') as found`.execute(database.kysely)).rows).toEqual([{ found: null }]);
    await sql`drop table espalier.tasks`.execute(database.kysely);
    expect(await migrateUp(database)).toEqual(all);
    await database.close();
  });
});

async function fill(database: Database, word: string): Promise<void> {
  const create = { task: 't', workflow: 'w', workflowHash: 'h', owner: null, leaseMs: 0, startedAt: 1 };
  const payload = { text: word.repeat(10_000) };
  await new CommitWriter(database).write({
    tenant: 'a',
    streams: ['run:r', 'task:t'].map((stream) => ({ stream, expected: 0, events: [{ type: 'run.started', payload, at: 1 }] })),
    run: { run: 'r', create, status: 'running' },
    task: { task: 't', run: 'r', create: { workflow: 'w', at: 1 }, status: 'in_progress', at: 1 },
  });
}

it('an owner who may create roles, and is no superuser, migrates version 18 too', async () => {
  const { pglite, close } = await openTestPglite({ migrated: false });
  await pglite.exec('create role owner createrole; grant create on database postgres to owner; set session authorization owner');
  const database = pgliteDatabase(pglite, close);
  expect(await migrateUp(database)).toEqual(all);
  await takeRole(database);
  await database.close();
});

function takeRole({ kysely }: Database) {
  return kysely.transaction().execute((trx) => sql`select set_config('role', 'espalier_app', true)`.execute(trx));
}

await describePostgres('migrations by several at once and by users with few rights', (postgres) => {
  it('QA-3 eight racing processes: each migration is carried out once, and nobody fails', async () => {
    for (let round = 0; round < 5; round += 1) {
      const url = await postgres.createDatabase(`race-${randomUUID()}`);
      const databases = Array.from({ length: 8 }, () => postgresDatabase({ url, connections: 2 }));
      const done = await Promise.all(databases.map((database) => migrateUp(database)));
      expect(done.flat().sort()).toEqual(all);
      await Promise.all(databases.map((database) => database.close()));
    }
  });

  it('an owner who may create roles migrates', async () => {
    const cluster = await startPostgresCluster();
    const { database, administrator } = await ownedBy(cluster, 'createrole');
    expect(await migrateUp(database)).toEqual(all);
    await takeRole(database);
    await database.close();
    await administrator.end();
    await cluster.stop();
  });

  it('an owner who may not is told what an administrator has to do, and migrates when that is done', async () => {
    const cluster = await startPostgresCluster(); // the role belongs to the cluster: the shared one has it
    const { database: migrator, administrator, user } = await ownedBy(cluster, 'nocreaterole');
    const failure = await migrateUp(migrator).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'database.migration_failed' });
    expect(String(failure)).toContain(`create role espalier_app nologin; grant espalier_app to "${user}"`);
    await administrator.query(`create role espalier_app nologin; grant espalier_app to "${user}"`);
    expect(await migrateUp(migrator)).toEqual(all);
    await migrator.close();
    await administrator.end();
    await cluster.stop();
  });

  it('a user who may not even look is refused with the reason', async () => {
    const name = `stranger-${randomUUID()}`;
    const url = await postgres.createDatabase(name);
    const owner = postgresDatabase({ url });
    await migrateUp(owner);
    await sql.raw(`create role "${name}" login`).execute(owner.kysely);
    const stranger = postgresDatabase({ url: as(url, name) });
    await expect(requireCurrentSchema(stranger)).rejects.toMatchObject({
      code: 'database.refused',
      message: expect.stringContaining('permission denied'),
    });
    await Promise.all([owner.close(), stranger.close()]);
  });
});

function as(url: string, user: string): string {
  const changed = new URL(url);
  changed.username = encodeURIComponent(user);
  return changed.href;
}

type Databases = Pick<TestPostgres, 'createDatabase'>;

async function ownedBy(databases: Databases, right: 'createrole' | 'nocreaterole') {
  const user = `owner-${randomUUID()}`;
  const url = await databases.createDatabase(user);
  const administrator = new pg.Client({ connectionString: url });
  await administrator.connect();
  await administrator.query(`create role "${user}" login ${right}; alter database "${user}" owner to "${user}"`);
  return { database: postgresDatabase({ url: as(url, user) }), administrator, user };
}
