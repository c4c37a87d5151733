import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../database/database.ts';
import { postgresDatabase } from '../database/postgres-database.ts';
import { logStatus } from '../readers/log-status.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { migratedDatabase } from '../testing/describe-stores.ts';
import { type PostgresCluster, startPostgresCluster } from '../testing/postgres-cluster.ts';
import { appendManyParameters, appendManyStatement, appendParameters, appendStatement } from './append-statements.ts';
import type { Commit } from './commit.ts';
import { type PlainAppend, plainAppend, prepareCommit } from './commit-parameters.ts';
import { commitParameters, commitStatement } from './commit-statement.ts';
import { CommitWriter } from './commit-writer.ts';
import { beginning, type LogPlace } from './cursor.ts';
import { performAppends } from './perform-commits.ts';
import { type LogEntry, readLog } from './read-log.ts';
import { runStatement } from './run-statements.ts';

/** Appends to streams wherever they are; the type of the event is its name. */
function commitOf(streams: readonly string[], name: string, expected?: number): Commit {
  return { tenant: 'a', streams: streams.map((stream) => ({ stream, expected, events: [{ type: name, payload: {}, at: 1 }] })) } as Commit;
}

/** An append as a driver makes it. */
function appendOf(stream: string, expected: number, types: readonly string[]): PlainAppend {
  const events = types.map((type) => ({ type, payload: {}, at: 1 }));
  const append = plainAppend(prepareCommit({ tenant: 'a', streams: [{ stream, expected, epoch: 1, events }] }));
  if (!append) throw new Error('a plain append was expected');
  return append;
}

/** A commit that starts a run (`expected` is 0) or ends it, and changes its root task. */
function ofRun(expected: number): Commit {
  const events = [{ type: 'noted', payload: {}, at: 1 }];
  const create = { task: 't', workflow: 'w', workflowHash: 'h', owner: null, leaseMs: 0, startedAt: 1 };
  const isStart = expected === 0;
  return {
    tenant: 'a',
    streams: [
      { stream: 'run:r', expected, epoch: 1, events },
      { stream: 'task:t', events },
    ],
    run: { run: 'r', status: isStart ? 'running' : 'completed', ...(isStart ? { create } : { endedAt: 1 }) },
    task: {
      task: 't',
      run: 'r',
      status: isStart ? 'in_progress' : 'completed',
      at: 1,
      ...(isStart ? { create: { workflow: 'w', at: 1 } } : {}),
    },
  };
}

/** A connection of its own, on which transactions can be left open. */
async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'session' });
  await client.connect();
  return client;
}

/** Writes on the connection given, and so in its transaction. */
async function writeOn(client: pg.Client, commit: Commit): Promise<void> {
  const { rows } = await client.query(commitStatement.text, commitParameters([prepareCommit(commit)]));
  if (rows.length === 0) throw new Error('refused');
}

async function beginWithId(client: pg.Client): Promise<void> {
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
}

/** Of its own: a transaction of any other test on the same server would keep events from being read. */
let cluster: PostgresCluster;

await describePostgres('S4 the order of the log', () => {
  let url: string;
  let database: Database;
  let clients: pg.Client[];
  let place: LogPlace;
  const read = async () => {
    const { entries, end } = await readLog(database.kysely, { after: place, limit: 1000 });
    place = end;
    return entries.map(({ event }) => `${event.stream}#${event.seq}`);
  };
  const write = (commit: Commit) => new CommitWriter(database).write(commit);
  const another = async () => {
    const client = await session(url);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    cluster = await startPostgresCluster({ autovacuum: 'off' });
    url = await migratedDatabase(cluster);
    database = postgresDatabase({ url });
  });
  afterAll(async () => {
    await database.close();
    await cluster.stop();
  });
  beforeEach(async () => {
    clients = [];
    await database.perform({ name: 'empty', text: 'delete from espalier.commits' }, []);
    await database.perform({ name: 'empty_streams', text: 'delete from espalier.streams' }, []);
    place = beginning;
  });
  afterEach(() => Promise.all(clients.map((client) => client.end())));

  it('an older transaction that appends later to the same stream comes later', async () => {
    const older = await another();
    await beginWithId(older);
    expect(await write(commitOf(['s'], 'first'))).toBe('written');
    expect(await read()).toEqual([]); // the older one might still write before it
    await writeOn(older, commitOf(['s'], 'second'));
    expect(await read()).toEqual([]);
    await older.query('commit');
    expect(await read()).toEqual(['s#1', 's#2']);
  });

  it('the same with the statement of the hot path', async () => {
    const older = await another();
    await write({ tenant: 'a', streams: [{ stream: 's', expected: 0, epoch: 1, events: [{ type: 'first', payload: {}, at: 1 }] }] });
    await beginWithId(older);
    await write({ tenant: 'a', streams: [{ stream: 's', expected: 1, epoch: 1, events: [{ type: 'second', payload: {}, at: 1 }] }] });
    const { rowCount } = await older.query(appendStatement.text, appendParameters(appendOf('s', 2, ['third'])));
    expect(rowCount).toBe(1);
    expect(await read()).toEqual(['s#1']);
    await older.query('commit');
    expect(await read()).toEqual(['s#2', 's#3']);
  });

  it('the same with the statement for several runs at once, which leaves out a run that is elsewhere', async () => {
    const older = await another();
    const append = (stream: string, expected: number) => appendOf(stream, expected, ['x', 'y']);
    const born = ['s', 't', 'u'].map((stream) => ({ stream, expected: 0, epoch: 1, events: [{ type: 'first', payload: {}, at: 1 }] }));
    await write({ tenant: 'a', streams: born });
    await beginWithId(older);
    await performAppends(database, [append('t', 1), append('s', 1)]);
    const { rows } = await older.query(appendManyStatement.text, appendManyParameters([append('t', 3), append('u', 7), append('s', 3)]));
    expect(rows.map(({ number }) => number).sort()).toEqual([0, 2]);
    expect(await read()).toEqual(['s#1', 't#1', 'u#1']);
    await older.query('commit');
    expect(await read()).toEqual(['t#2', 't#3', 's#2', 's#3', 't#4', 't#5', 's#4', 's#5']);
  });

  it('the same with the statements for the first and the last commit of a run, whose root task another has written to', async () => {
    const older = [await another(), await another()];
    for (const client of older) await beginWithId(client);
    await write(commitOf(['task:t'], 'first'));
    for (const [index, client] of older.entries()) {
      const own = runStatement(prepareCommit(ofRun(index)));
      if (!own) throw new Error('a statement of its own was expected');
      expect((await client.query(own.statement.text, own.values)).rowCount).toBe(1);
      await client.query('commit');
      if (index === 0) await write(commitOf(['task:t'], 'between'));
    }
    expect(await read()).toEqual(['task:t#1', 'run:r#1', 'task:t#2', 'task:t#3', 'run:r#2', 'task:t#4']);
    const { rows } = await another().then((client) =>
      client.query('select count(distinct position)::int as positions from espalier.commits'),
    );
    expect(rows[0].positions).toBeGreaterThan(1);
  });

  it('an older transaction that is rolled back hides nothing for longer', async () => {
    const older = await another();
    await beginWithId(older);
    await write(commitOf(['s'], 'first'));
    await writeOn(older, commitOf(['s'], 'second'));
    await older.query('rollback');
    expect(await read()).toEqual(['s#1']);
  });

  it.each([
    ['s', 't'],
    ['t', 's'],
  ])('a commit over two streams beside an older one to %s is seen whole or not at all', async (touched, other) => {
    const older = await another();
    await beginWithId(older);
    await write(commitOf([touched, other], 'both'));
    await writeOn(older, commitOf([touched], 'later'));
    expect(await read()).toEqual([]);
    await older.query('commit');
    expect(await read()).toEqual([`${touched}#1`, `${other}#1`, `${touched}#2`]);
  });

  it('three sessions, each older than the one before it in the chain of streams', async () => {
    const [first, second, third] = [await another(), await another(), await another()];
    for (const client of [first, second, third]) await beginWithId(client);
    await writeOn(third, commitOf(['s', 't'], 'a'));
    await third.query('commit');
    expect(await read()).toEqual([]);
    await writeOn(second, commitOf(['t', 'u'], 'b'));
    await second.query('commit');
    expect(await read()).toEqual([]);
    await writeOn(first, commitOf(['u', 's'], 'c'));
    await first.query('commit');
    expect(await read()).toEqual(['s#1', 't#1', 't#2', 'u#1', 'u#2', 's#2']);
  });

  it('one that waits for a stream goes on from where the other left it', async () => {
    const [one, other] = [await another(), await another()];
    await write(commitOf(['s'], 'first'));
    await other.query('begin');
    await writeOn(other, commitOf(['s', 't'], 'second'));
    await beginWithId(one);
    const waiting = writeOn(one, commitOf(['t', 's'], 'third'));
    await other.query('commit');
    await waiting.catch(() => {}); // makes `t` beside the other: CommitWriter tries again, a bare statement fails
    await one.query('rollback');
    expect(await write(commitOf(['t', 's'], 'third'))).toBe('written');
    expect(await read()).toEqual(['s#1', 's#2', 't#1', 't#2', 's#3']);
  });

  it('commits that meet at new streams are all written, one after another', async () => {
    const writers = Array.from({ length: 6 }, () => new CommitWriter(postgresDatabaseOf()));
    for (let round = 0; round < 20; round += 1) {
      const outcomes = await Promise.all(writers.map((writer) => writer.write(commitOf([`s${round}`, `t${round}`], 'x'))));
      expect(new Set(outcomes)).toEqual(new Set(['written']));
    }
    expect(await read()).toHaveLength(6 * 20 * 2);
    await Promise.all(opened.map((one) => one.close()));
  });
  const opened: Database[] = [];
  const postgresDatabaseOf = () => {
    const made = postgresDatabase({ url, connections: 2 });
    opened.push(made);
    return made;
  };

  it('an open writing transaction is named, with how much it hides', async () => {
    const older = await another();
    await beginWithId(older);
    await write(commitOf(['s', 't'], 'first'));
    const { horizon } = await logStatus(database);
    const { rows } = await older.query('select pg_backend_pid() as pid');
    expect(horizon).toEqual({ hidden: 2, blocking: { pid: rows[0].pid, application: 'session', openForMs: expect.any(Number) } });
    await older.query('commit');
    expect((await logStatus(database)).horizon).toEqual({ hidden: 0, blocking: undefined });
  });
});

const events = (entries: readonly LogEntry[]) => entries.map(({ event }) => event);

await describePostgres('S4 twelve writers and four readers', (postgres) => {
  it('nothing is lost, nothing comes twice, no stream is inverted and no commit torn', async () => {
    const url = await migratedDatabase(postgres);
    const databases = Array.from({ length: 12 }, () => postgresDatabase({ url, connections: 2 }));
    const readers = Array.from({ length: 4 }, (_, index) => startReader(postgresDatabase({ url, connections: 1 }), 3 + index * 200));
    const written = (await Promise.all(databases.map((database, index) => writeMany(new CommitWriter(database), `w${index}`)))).flat();
    await Promise.all(databases.map((database) => database.close()));
    const expected = written.flatMap(({ mark, streams }) => streams.map((stream) => `${mark} ${stream}`)).sort();
    const sizes = new Map(written.map(({ mark, streams }) => [mark, streams.length]));
    for (const reader of readers) {
      const { pages, limit } = await reader.finish(expected.length);
      const seen = pages.flat();
      expect(seen.map(({ payload, stream }) => `${markOf(payload)} ${stream}`).sort()).toEqual(expected);
      expect(invertedStreams(seen)).toEqual([]);
      expect(tornCommits({ pages, limit }, sizes)).toEqual([]);
    }
  });
});

const markOf = (payload: unknown) => (payload as { mark: string }).mark;

/** Random commits over shared streams and some of its own, several under way at once. */
async function writeMany(writer: CommitWriter, name: string): Promise<{ mark: string; streams: string[] }[]> {
  const commits = Array.from({ length: 150 }, (_, number) => {
    const shared = Array.from({ length: 6 }, (_, index) => `shared-${index}`).filter(() => Math.random() < 0.3);
    return { mark: `${name}/${number}`, streams: [...shared, `${name}-${number % 4}`] };
  });
  const runs = [0, 1, 2].map((number) => appendsTo(writer, `run-${name}-${number}`));
  for (let at = 0; at < commits.length; at += 5) {
    const outcomes = await Promise.all(commits.slice(at, at + 5).map(({ mark, streams }) => writer.write(marked(mark, streams))));
    for (const outcome of outcomes) if (outcome !== 'written') throw new Error(`a commit was ${outcome}`);
  }
  return [...commits, ...(await Promise.all(runs)).flat()];
}

/** As drivers do: one event after another to a stream of its own. */
async function appendsTo(writer: CommitWriter, stream: string): Promise<{ mark: string; streams: string[] }[]> {
  const commits = Array.from({ length: 60 }, (_, number) => ({ mark: `${stream}/${number}`, streams: [stream] }));
  for (const [expected, { mark }] of commits.entries()) {
    const outcome = await writer.write({
      tenant: 'a',
      streams: [{ stream, expected, epoch: 1, events: [{ type: 'noted', payload: { mark }, at: 1 }] }],
    });
    if (outcome !== 'written') throw new Error(`an append was ${outcome}`);
  }
  return commits;
}

function marked(mark: string, streams: readonly string[]): Commit {
  return { tenant: 'a', streams: streams.map((stream) => ({ stream, events: [{ type: 'noted', payload: { mark }, at: 1 }] })) };
}

function startReader(database: Database, limit: number) {
  const pages: LogEntry['event'][][] = [];
  let expected = Number.POSITIVE_INFINITY;
  const done = (async () => {
    let after = beginning;
    const deadline = performance.now() + 60_000;
    while (pages.flat().length < expected && performance.now() < deadline) {
      const { entries, end } = await readLog(database.kysely, { after, limit });
      if (entries.length > 0) pages.push(events(entries));
      else await new Promise((resolve) => setTimeout(resolve, 5));
      after = end;
    }
    await database.close();
    return { pages, limit };
  })();
  return {
    finish(count: number) {
      expected = count;
      return done;
    },
  };
}

function invertedStreams(seen: readonly LogEntry['event'][]): string[] {
  const last = new Map<string, number>();
  return seen.flatMap(({ stream, seq }) => {
    const expected = (last.get(stream) ?? 0) + 1;
    last.set(stream, seq);
    return seq === expected ? [] : [`${stream}: ${seq} where ${expected} was expected`];
  });
}

/** Commits of which a part was seen and the rest not, wherever a reader had come to the end of what may be read. */
function tornCommits(
  { pages, limit }: { pages: readonly LogEntry['event'][][]; limit: number },
  sizes: ReadonlyMap<string, number>,
): string[] {
  const open = new Map<string, number>();
  return pages.flatMap((page) => {
    for (const { payload } of page) {
      const mark = markOf(payload);
      const left = (open.get(mark) ?? sizes.get(mark) ?? 0) - 1;
      if (left === 0) open.delete(mark);
      else open.set(mark, left);
    }
    return page.length < limit ? [...open.keys()] : [];
  });
}
