import { canonicalJson } from '@espalier/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { pgliteDatabase } from '../database/pglite-database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { openTestPglite } from '../testing/open-test-pglite.ts';
import type { Commit } from './commit.ts';
import { CommitWriter } from './commit-writer.ts';
import { beginning } from './cursor.ts';
import type { NewEvent } from './log-event.ts';
import { readLog } from './read-log.ts';
import { readStream } from './read-stream.ts';

const note = (value: string): NewEvent => ({ type: 'noted', payload: { value }, at: 1 });
const one = (stream: string, value: string, expected?: number): Commit => ({
  tenant: 'a',
  streams: [expected === undefined ? { stream, events: [note(value)] } : { stream, expected, epoch: 1, events: [note(value)] }],
});

const two = (value: string): NewEvent[] => [note(value), note(value)];

/** The first commit of a run, whose driver keeps it. */
function starting(run = 'r'): Commit {
  const task = run === 'r' ? 't' : `t-${run}`;
  return {
    tenant: 'own',
    streams: [
      { stream: `run:${run}`, expected: 0, epoch: 1, events: two('start') },
      { stream: `task:${task}`, events: two('start') },
    ],
    run: { run, status: 'running', create: { task, workflow: 'w', workflowHash: 'h', owner: 'me', leaseMs: 1000, startedAt: 1 } },
    task: { task, run, status: 'in_progress', create: { workflow: 'w', at: 1 }, at: 1 },
  };
}

/** The last commit of a run. */
function ending(expected: number, epoch = 1, run = 'r'): Commit {
  const task = run === 'r' ? 't' : `t-${run}`;
  return {
    tenant: 'own',
    streams: [
      { stream: `run:${run}`, expected, epoch, events: two('end') },
      { stream: `task:${task}`, events: two('end') },
    ],
    run: { run, status: 'completed', outcome: 'success', reason: null, endedAt: 9, free: true },
    task: { task, run, status: 'completed', outcome: 'success', at: 9 },
  };
}

/** A database that counts the statements it is given. */
function counting(database: Database): Database & { sizes: number[] } {
  const sizes: number[] = [];
  return {
    ...database,
    sizes,
    perform(statement, values) {
      sizes.push(JSON.stringify(values).length);
      return database.perform(statement, values);
    },
  };
}

function writing(open: () => Promise<Database>): void {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  const valuesOf = async (stream: string) =>
    (await readStream(database.kysely, { tenant: 'a', stream })).map(({ payload }) => (payload as { value: string }).value);

  it('keeps the order per stream, also where other streams have to wait', async () => {
    const writer = new CommitWriter(database);
    const words = Array.from({ length: 200 }, (_, index) => String(index));
    await Promise.all(
      words.flatMap((word, index) => [writer.write(one('order-1', word)), writer.write(one(`order-${2 + (index % 3)}`, word))]),
    );
    expect(await valuesOf('order-1')).toEqual(words);
    expect(await valuesOf('order-2')).toEqual(words.filter((_, index) => index % 3 === 0));
  });

  it('puts what waits into few transactions, none of them larger than a bound', async () => {
    const counted = counting(database);
    const writer = new CommitWriter(counted);
    await Promise.all(Array.from({ length: 500 }, (_, index) => writer.write(one(`few-${index}`, 'x', 0))));
    expect(counted.sizes.length).toBeLessThan(20);
    counted.sizes.length = 0;
    const large = 'x'.repeat(1_000_000);
    await Promise.all(Array.from({ length: 20 }, (_, index) => writer.write(one(`large-${index}`, `${index}${large}`, 0))));
    expect(Math.max(...counted.sizes)).toBeLessThan(6_000_000);
    expect(counted.sizes.length).toBeGreaterThan(3);
  });

  it('gives the events of a commit one position, and ids in their order', async () => {
    const streams = ['s2', 's1'].map((stream) => ({ stream, events: [note('a'), note('b')] }));
    await new CommitWriter(database).write({ tenant: 'ids', streams });
    const query = database.kysely.selectFrom('espalier.events').select(['id', 'stream', 'seq', 'position']).where('tenant', '=', 'ids');
    const rows = await query.orderBy('position').orderBy('id').orderBy('seq').execute();
    expect(rows.map(({ stream, seq }) => `${stream}#${seq}`)).toEqual(['s2#1', 's2#2', 's1#1', 's1#2']);
    expect(new Set(rows.map(({ position }) => position)).size).toBe(1);
  });

  it('a commit that finds one of its streams elsewhere is refused whole, and those beside it are written', async () => {
    const writer = new CommitWriter(database);
    await writer.write(one('there', 'x', 0));
    const both: Commit = {
      tenant: 'a',
      streams: [
        { stream: 'new', expected: 0, events: [note('x')] },
        { stream: 'there', expected: 5, events: [note('x')] },
      ],
    };
    const outcomes = await Promise.all([
      writer.write(one('busy', '1')),
      writer.write(both),
      writer.write(one('beside', 'x', 0)),
      writer.write(one('there', 'y', 1)),
    ]);
    expect(outcomes).toEqual(['written', 'refused', 'written', 'written']);
    expect(await valuesOf('new')).toEqual([]);
    expect(await valuesOf('there')).toEqual(['x', 'y']);
  });

  it('a commit that the database cannot take fails alone', async () => {
    const writer = new CommitWriter(database);
    const bad: Commit = { tenant: 'a', streams: [{ stream: 'bad', events: [{ type: 'no\u0000', payload: {}, at: 1 }] }] };
    const results = await Promise.allSettled([
      writer.write(one('good-1', 'x')),
      writer.write(bad),
      writer.write(one('good-2', 'x')),
      writer.write(one('good-1', 'y')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'input.invalid' } });
    expect(await valuesOf('good-1')).toEqual(['x', 'y']);
    await writer.idle();
  });

  it('S13 an append of an earlier epoch is refused, by either statement', async () => {
    const writer = new CommitWriter(database);
    await writer.write(one('owned', 'x', 0));
    await database.kysely.updateTable('espalier.streams').set({ epoch: '2' }).where('stream', '=', 'owned').execute();
    expect(await writer.write(one('owned', 'y', 1))).toBe('refused');
    const two: Commit = {
      tenant: 'a',
      streams: [
        { stream: 'owned', expected: 1, epoch: 1, events: [note('z')] },
        { stream: 'owned-task', events: [note('z')] },
      ],
    };
    expect(await writer.write(two)).toBe('refused');
    expect(await valuesOf('owned')).toEqual(['x']);
  });

  it('the first and the last commit of a run refuse like any other, and then change nothing', async () => {
    const writer = new CommitWriter(database);
    const rows = async () => ({
      runs: await database.kysely.selectFrom('espalier.runs').select(['run', 'status', 'owner']).where('tenant', '=', 'own').execute(),
      tasks: await database.kysely.selectFrom('espalier.tasks').select(['task', 'status', 'version']).where('tenant', '=', 'own').execute(),
      events: await database.kysely
        .selectFrom('espalier.events')
        .select(['stream', 'seq'])
        .where('tenant', '=', 'own')
        .orderBy('stream')
        .orderBy('seq')
        .execute(),
    });
    expect(await writer.write(ending(2))).toBe('refused'); // no run yet
    expect(await writer.write(starting())).toBe('written');
    const before = await rows();
    expect(before.runs).toEqual([{ run: 'r', status: 'running', owner: 'me' }]);
    expect(before.tasks).toEqual([{ task: 't', status: 'in_progress', version: 1 }]);
    expect(await writer.write(starting())).toBe('refused');
    expect(await writer.write(ending(1))).toBe('refused');
    expect(await writer.write(ending(2, 3))).toBe('refused');
    expect(await rows()).toEqual(before);
    expect(await writer.write(ending(2))).toBe('written');
    expect(await rows()).toEqual({
      runs: [{ run: 'r', status: 'completed', owner: null }],
      tasks: [{ task: 't', status: 'completed', version: 2 }],
      events: ['run:r', 'task:t'].flatMap((stream) => ['1', '2', '3', '4'].map((seq) => ({ stream, seq }))),
    });
  });

  it('the same in a transaction with others', async () => {
    const writer = new CommitWriter(database);
    const outcomes = (commits: Commit[]) => Promise.all(commits.map((commit) => writer.write(commit)));
    const starts = ['a', 'b', 'c'].map((run) => starting(run));
    expect(await outcomes(starts)).toEqual(['written', 'written', 'written']);
    expect(await outcomes([starting('a'), ending(2, 1, 'b'), ending(2, 7, 'c')])).toEqual(['refused', 'written', 'refused']);
    const query = database.kysely.selectFrom('espalier.runs').select(['run', 'status', 'owner', 'outcome', 'workflow']);
    expect(await query.where('tenant', '=', 'own').where('run', 'in', ['a', 'b', 'c']).orderBy('run').execute()).toEqual([
      { run: 'a', status: 'running', owner: 'me', outcome: null, workflow: 'w' },
      { run: 'b', status: 'completed', owner: null, outcome: 'success', workflow: 'w' },
      { run: 'c', status: 'running', owner: 'me', outcome: null, workflow: 'w' },
    ]);
    const tasks = database.kysely
      .selectFrom('espalier.tasks')
      .select(['task', 'status', 'version', 'workflow', 'created_at', 'updated_at']);
    expect(await tasks.where('tenant', '=', 'own').where('task', '=', 't-b').execute()).toEqual([
      { task: 't-b', status: 'completed', version: 2, workflow: 'w', created_at: 1, updated_at: 9 },
    ]);
  });

  it('a commit of thousands of events takes several rows, which are read as one', async () => {
    const events = Array.from({ length: 1234 }, (_, index) => note(String(index)));
    const writer = new CommitWriter(database);
    await writer.write({ tenant: 'many', streams: [{ stream: 's', expected: 0, epoch: 1, events: [note('first')] }] });
    expect(await writer.write({ tenant: 'many', streams: [{ stream: 's', expected: 1, epoch: 1, events }] })).toBe('written');
    const read = (after?: number) => readStream(database.kysely, { tenant: 'many', stream: 's', after });
    const whole = await read();
    expect(whole.map(({ seq }) => seq)).toEqual(Array.from({ length: 1235 }, (_, index) => index + 1));
    expect(whole.slice(1).map(({ payload }) => payload)).toEqual(events.map(({ payload }) => payload));
    for (const after of [0, 1, 2, 250, 251, 252, 700, 1234, 1235, 9999]) expect(await read(after)).toEqual(whole.slice(after));
    const rows = await database.kysely.selectFrom('espalier.commits').select(['count', 'position']).where('tenant', '=', 'many').execute();
    expect(rows.length).toBeGreaterThan(2);
    expect(new Set(rows.slice(1).map(({ position }) => position)).size).toBe(1);
  });

  it('payloads are read as they were written, by people too', async () => {
    const payload = {
      text: '"\\ \u2028 ü 👍 {}',
      list: [[], {}, null, 1e21, 5e-324],
      ['__proto__']: { a: 1 },
    } as unknown as NewEvent['payload'];
    const cause = { stream: 'run:r', seq: 7 };
    await new CommitWriter(database).write({
      tenant: 'texts',
      streams: [{ stream: 's', actor: 'person:a', events: [{ type: 'a "type", with {signs}', payload, at: 1.5, cause }] }],
    });
    const [event] = await readStream(database.kysely, { tenant: 'texts', stream: 's' });
    expect(event).toEqual({ seq: 1, type: 'a "type", with {signs}', payload, actor: 'person:a', at: 1.5 });
    const [row] = await database.kysely.selectFrom('espalier.events').selectAll().where('tenant', '=', 'texts').execute();
    expect(row).toMatchObject({ type: 'a "type", with {signs}', payload: canonicalJson(payload), at: 1.5, actor: 'person:a', refs: null });
    expect(JSON.parse(row?.cause ?? '')).toEqual(cause);
    const { entries } = await readLog(database.kysely, { after: beginning, limit: 10_000 });
    expect(entries.find(({ event: { tenant } }) => tenant === 'texts')?.event).toMatchObject({ payload, cause, actor: 'person:a', seq: 1 });
  });

  it('tells of what was written, and of nothing else', async () => {
    const told: string[] = [];
    const writer = new CommitWriter(database, (commits) =>
      told.push(...commits.flatMap(({ streams }) => streams.map(({ stream }) => stream))),
    );
    await Promise.all([writer.write(one('told-1', 'x', 0)), writer.write(one('told-2', 'x', 9)), writer.write(one('told-3', 'x'))]);
    expect(told.sort()).toEqual(['told-1', 'told-3']);
  });
}

describe('CommitWriter [PGlite]', () =>
  writing(async () => {
    const { pglite, close } = await openTestPglite({ migrated: true });
    return pgliteDatabase(pglite, close);
  }));

await describePostgres('CommitWriter', (postgres) => {
  writing(async () => openDatabase({ url: await migratedDatabase(postgres) }));

  it('shares transactions: 400 commits to 400 streams take few transaction ids', async () => {
    const database = postgresDatabase({ url: await migratedDatabase(postgres) });
    const writer = new CommitWriter(database);
    await Promise.all(Array.from({ length: 400 }, (_, index) => writer.write(one(`s${index}`, 'x', 0))));
    const positions = await database.kysely.selectFrom('espalier.commits').select('position').distinct().execute();
    expect(positions.length).toBeLessThan(20);
    await database.close();
  });
});
