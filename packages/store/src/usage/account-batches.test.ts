import type { TimedEvent } from '@espalier/core';
import { settledEvent } from '@espalier/runtime/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { pgliteDatabase } from '../database/pglite-database.ts';
import { CommitWriter } from '../log/commit-writer.ts';
import { accountingCommit, reserving } from '../testing/accounting-commits.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { openTestPglite } from '../testing/open-test-pglite.ts';

const plain: TimedEvent = { type: 'node.started', payload: { task: 'root', node: 'draft' }, at: 1 };
/** Too large for a row: the commit goes the general way. */
const large = 'x'.repeat(50_000);

function batches(open: () => Promise<Database>): void {
  let database: Database;
  let tenant = 0;
  let statements: string[];
  beforeAll(async () => {
    database = await open();
  });
  afterAll(() => database.close());
  beforeEach(() => {
    tenant += 1;
    statements = [];
  });

  const watched = (): Database => ({
    ...database,
    perform(statement, values) {
      statements.push(statement.name);
      return database.perform(statement, values);
    },
  });
  /** Writes commits at once, one for each run, which are all there with one event. */
  async function write(events: Readonly<Record<string, TimedEvent[]>>, expected: Readonly<Record<string, number>> = {}) {
    const writer = new CommitWriter(watched());
    const runs = Object.keys(events);
    await Promise.all(runs.map((run) => writer.write(accountingCommit(run, 0, [plain], `t${tenant}`))));
    statements.length = 0;
    const results = await Promise.allSettled(
      Object.entries(events).map(([run, own]) => writer.write(accountingCommit(run, expected[run] ?? 1, own, `t${tenant}`))),
    );
    return Object.fromEntries(
      results.map((result, index) => [runs[index], result.status === 'fulfilled' ? result.value : result.reason.code]),
    );
  }
  const budgets = async () => {
    const query = database.kysely
      .selectFrom('espalier.budgets')
      .select(['subject', 'spent', 'reserved'])
      .where('tenant', '=', `t${tenant}`);
    const rows = await query.orderBy('subject').execute();
    return Object.fromEntries(rows.map(({ subject, spent, reserved }) => [subject, `${spent} + ${reserved}`]));
  };
  const events = async () => {
    const query = database.kysely.selectFrom('espalier.streams').select(['stream', 'seq']).where('tenant', '=', `t${tenant}`);
    return Object.fromEntries((await query.execute()).map(({ stream, seq }) => [stream.slice(4), Number(seq)]));
  };

  it.each([
    ['appends', undefined, 'espalier_append_many_accounting'],
    ['commits of any kind', large, 'espalier_commit_accounting'],
  ])('S21 %s, of which only those whose heads fit change the books', async (_, input, statement) => {
    const caps = { s: 1000 };
    const commits = { a: [reserving('a', 1, caps, input)], b: [reserving('b', 10, caps, input)], c: [reserving('c', 100, caps, input)] };
    expect(await write(commits, { b: 7 })).toEqual({ a: 'written', b: 'refused', c: 'written' });
    expect(statements).toEqual([statement]);
    expect(await budgets()).toEqual({ s: '0 + 101' });
  });

  it.each([
    ['appends', undefined],
    ['commits of any kind', large],
  ])('S21 %s whose heads are all elsewhere change no books', async (_, input) => {
    expect(await write({ a: [reserving('a', 1, { s: 5 }, input)], b: [reserving('b', 1, { s: 5 }, input)] }, { a: 7, b: 7 })).toEqual({
      a: 'refused',
      b: 'refused',
    });
    expect(await budgets()).toEqual({});
  });

  it.each([
    ['appends', undefined],
    ['commits of any kind', large],
  ])('S21 %s of which some are too dear: those alone are refused, and plain ones beside them are not', async (_, input) => {
    const caps = { poor: 10, rich: 1000 };
    const runs = Array.from({ length: 40 }, (_, index) => `r${index}`);
    const dear = new Set(['r3', 'r17', 'r18', 'r39']);
    const commitsOf = (run: string, index: number) => {
      if (index % 4 === 0) return [plain];
      const amount = dear.has(run) ? 11 : 0;
      return [reserving(run, amount, { poor: caps.poor }, input), reserving(`${run}/2`, 1, { rich: caps.rich })];
    };
    const outcomes = await write(Object.fromEntries(runs.map((run, index) => [run, commitsOf(run, index)])));
    expect(outcomes).toEqual(Object.fromEntries(runs.map((run) => [run, dear.has(run) ? 'budget.exceeded' : 'written'])));
    expect(await budgets()).toEqual({ poor: '0 + 0', rich: `0 + ${30 - dear.size}` });
    const counts = await events();
    expect(counts).toEqual(Object.fromEntries(runs.map((run, index) => [run, dear.has(run) ? 1 : index % 4 === 0 ? 2 : 3])));
    expect(statements.length).toBeLessThan(2 * 4 * Math.log2(64));
  });

  it('S21 that settle what others of them need: the settlements come first', async () => {
    const caps = { s: 100 };
    await write({ a: [reserving('a', 90, caps)] });
    const writer = new CommitWriter(watched());
    await writer.write(accountingCommit('b', 0, [plain], `t${tenant}`));
    const [needing, settling] = await Promise.all([
      writer.write(accountingCommit('b', 1, [reserving('b', 90, caps)], `t${tenant}`)),
      writer.write(accountingCommit('a', 2, [settledEvent({ key: 'a' }, 5)], `t${tenant}`)),
    ]);
    expect([needing, settling]).toEqual(['written', 'written']);
    expect(await budgets()).toEqual({ s: '5 + 90' });
  });

  it('an append by itself takes the short way, and leaves the books alone where nothing is about them', async () => {
    await write({ a: [reserving('a', 90, { s: 100 })] });
    expect(statements).toEqual(['espalier_append_accounting']);
    await write({ b: [plain] });
    expect(statements).toEqual(['espalier_append']);
    await write({ c: [plain], d: [plain] });
    expect(statements).toEqual(['espalier_append_many']);
  });

  it('S2 the commit that starts a run and the one that ends it change the books too', async () => {
    const writer = new CommitWriter(watched());
    const task = { task: 't', run: 'r', at: 1 };
    const create = { task: 't', workflow: 'w', workflowHash: 'h', owner: null, leaseMs: 0, startedAt: 1 };
    const ofTask = { stream: 'task:t', events: [{ type: 'noted', payload: {}, at: 1 }] };
    const start = accountingCommit('r', 0, [plain, reserving('a', 90, { s: 100 })], `t${tenant}`);
    const end = accountingCommit('r', 2, [settledEvent({ key: 'a' }, 5)], `t${tenant}`);
    await writer.write({
      ...{ ...start, streams: [...start.streams, ofTask], run: { run: 'r', status: 'running', create } },
      task: { ...task, status: 'in_progress', create: { workflow: 'w', at: 1 } },
    });
    expect(await budgets()).toEqual({ s: '0 + 90' });
    await writer.write({
      ...{ ...end, streams: [...end.streams, ofTask], run: { run: 'r', status: 'completed', endedAt: 1 } },
      task: { ...task, status: 'completed' },
    });
    expect(await budgets()).toEqual({ s: '5 + 0' });
    expect(statements).toEqual(['espalier_commit_accounting', 'espalier_commit_accounting']);
  });
}

describe('commits that change the books, several in one transaction [PGlite]', () =>
  batches(async () => {
    const { pglite, close } = await openTestPglite({ migrated: true });
    return pgliteDatabase(pglite, close);
  }));

await describePostgres('commits that change the books, several in one transaction', (postgres) => {
  batches(async () => openDatabase({ url: await migratedDatabase(postgres) }));

  it('a refusal costs no connection: a new one would be dearer than many commits', async () => {
    const database = await openDatabase({ url: await migratedDatabase(postgres), connections: 1 });
    const connection = async () =>
      (await database.perform<{ pid: number }>({ name: 'pid', text: 'select pg_backend_pid() as pid' }, [])).rows;
    const before = await connection();
    const refused = new CommitWriter(database).write(accountingCommit('r', 0, [reserving('a', 2, { s: 1 })]));
    await expect(refused).rejects.toMatchObject({ code: 'budget.exceeded' });
    expect(await connection()).toEqual(before);
    await expect(database.perform({ name: 'wrong', text: 'select 1 / 0' }, [])).rejects.toMatchObject({ code: 'storage.failed' });
    expect(await connection()).not.toEqual(before);
    await database.close();
  });
});
