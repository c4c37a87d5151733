import { randomUUID } from 'node:crypto';
import { sampleEvents } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import { describePostgres, type TestPostgres } from '../testing/describe-postgres.ts';
import { describeStores, migratedDatabase } from '../testing/describe-stores.ts';
import { beginning, decodeCursor, encodeCursor } from './cursor.ts';
import type { LogEvent } from './log-event.ts';

const places = (events: readonly LogEvent[]) => events.map(({ stream, seq }) => `${stream}#${seq}`);

/** Reads with a reader until nothing more comes, as a process that then ends. */
async function taken(store: Store, name: string, options: { types?: string[] } = {}): Promise<string[]> {
  const seen: LogEvent[] = [];
  const following = store.system().follow(name, (event) => void seen.push(event), { pollMs: 20, ...options });
  const isUpToDate = async () => (await store.system().status()).readers.some((reader) => reader.name === name && reader.behind === 0);
  await expect.poll(isUpToDate, { timeout: 10_000 }).toBe(true);
  await following.stop();
  return places(seen);
}

async function append(store: Store, run: string, count = 3): Promise<void> {
  await store.system().journal('a').append(run, 0, sampleEvents(count));
}

/** The database at another place, as after a dump and a restore: its contents are the same, and transaction ids begin lower. */
async function moved(postgres: TestPostgres, url: string): Promise<Store> {
  const name = `moved-${randomUUID()}`;
  return openStore({ location: { url: await postgres.createDatabase(name, decodeURIComponent(new URL(url).pathname.slice(1))) } });
}

await describePostgres('S4 a log that was moved', (postgres) => {
  it('keeps its order; readers go on where they were, and clients are told to begin again', async () => {
    const url = await migratedDatabase(postgres);
    const before = await openStore({ location: { url } });
    await append(before, 'one');
    expect(await taken(before, 'current')).toHaveLength(3);
    expect(await taken(before, 'typed', { types: ['run.cancelled'] })).toEqual([]);
    await append(before, 'two');
    // Another test's open transaction on the same server hides events for a moment.
    await expect.poll(async () => (await before.system().readLog({ limit: 4 })).events).toHaveLength(4);
    const { cursor } = await before.system().readLog({ limit: 4 });
    await before.close();

    let store = await moved(postgres, url);
    for (const generation of ['first', 'second']) {
      await expect(store.system().readLog({ cursor })).rejects.toMatchObject({ code: 'cursor.expired' });
      await append(store, generation);
      const missing = generation === 'first' ? ['two', 'first'] : ['second'];
      const expected = missing.flatMap((run) => [1, 2, 3].map((seq) => `run:${run}#${seq}`));
      expect(await taken(store, 'current')).toEqual(expected);
      const whole = places((await store.system().readLog()).events);
      expect(whole).toEqual(
        ['one', 'two', 'first', 'second'].flatMap((run) => [1, 2, 3].map((seq) => `run:${run}#${seq}`)).slice(0, whole.length),
      );
      const { cursor: own } = await store.system().readLog({ limit: 2 });
      expect((await store.system().readLog({ cursor: own, limit: 1 })).events).toHaveLength(1);
      const current = store.system().kysely;
      const location = await current.selectFrom('espalier.log').selectAll().execute();
      expect(location).toHaveLength(1);
      if (generation === 'second') await store.close();
      else {
        const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(current);
        await store.close();
        store = await moved(postgres, postgres.url(rows[0]?.name ?? ''));
      }
    }
  });

  it('is moved too with a reader that has read nothing, or is ahead of every event', async () => {
    const url = await migratedDatabase(postgres);
    const before = await openStore({ location: { url } });
    const idle = before.system().follow('idle', () => {}, { pollMs: 10 });
    await expect.poll(async () => (await before.system().status()).readers).toHaveLength(1);
    await idle.stop();
    await append(before, 'one');
    await taken(before, 'ahead', { types: ['run.cancelled'] });
    const { kysely } = before.system();
    await kysely.updateTable('espalier.readers').set({ position: '999999999999' }).where('name', '=', 'ahead').execute();
    await before.close();
    const store = await moved(postgres, url);
    await append(store, 'two');
    expect(await taken(store, 'ahead')).toEqual(['run:two#1', 'run:two#2', 'run:two#3']);
    expect(await taken(store, 'idle')).toHaveLength(6);
    await store.close();
  });

  it('is shifted by one of several processes that open it at once', async () => {
    const url = await migratedDatabase(postgres);
    const before = await openStore({ location: { url } });
    await append(before, 'one');
    await before.close();
    const name = `moved-${randomUUID()}`;
    const copy = await postgres.createDatabase(name, decodeURIComponent(new URL(url).pathname.slice(1)));
    const stores = await Promise.all(Array.from({ length: 6 }, () => openStore({ location: { url: copy, connections: 3 } })));
    const cursors = await Promise.all(stores.map(async (store) => (await store.system().readLog()).cursor));
    expect(new Set(cursors).size).toBe(1);
    const positions = await (stores[0] as Store).system().kysely.selectFrom('espalier.commits').select('position').distinct().execute();
    expect(positions).toEqual([{ position: '-1' }]);
    await Promise.all(stores.map((store) => store.close()));
  });
});

await describeStores('a store that is opened again where it was', (subject) => {
  it('is the same log, and cursors go on', async () => {
    await append(subject.store, 'one');
    // Another test's open transaction on the same server hides events for a moment.
    await expect.poll(async () => (await subject.store.system().readLog()).events).toHaveLength(3);
    const { cursor } = await subject.store.system().readLog();
    await subject.store.system().journal('a').close();
    const store = await subject.reopen();
    await append(store, 'two');
    const after = async () => places((await store.system().readLog({ cursor })).events);
    await expect.poll(after).toEqual(['run:two#1', 'run:two#2', 'run:two#3']);
  });
});

const incarnation = randomUUID();

it('a cursor comes back as it was given out', () => {
  const place = { position: '-12', id: '9223372036854775807', taken: 2147483647 };
  expect(decodeCursor(incarnation, encodeCursor(incarnation, place))).toEqual(place);
  expect(decodeCursor(incarnation, encodeCursor(incarnation, beginning))).toEqual(beginning);
});

it.each([
  '',
  'x',
  '👍',
  encodeCursor('', beginning),
  encodeCursor(incarnation, { position: '9223372036854775808', id: '1', taken: 0 }),
  encodeCursor(incarnation, { position: '-9223372036854775809', id: '1', taken: 0 }),
  encodeCursor(incarnation, { position: '1', id: '9999999999999999999', taken: 0 }),
  encodeCursor(incarnation, { position: '1', id: '-1', taken: 0 }),
  encodeCursor(incarnation, { position: '1', id: '1', taken: -1 }),
  encodeCursor(incarnation, { position: '1', id: '1', taken: 2147483648 }),
  encodeCursor(incarnation, { position: '1', id: '1', taken: 0.5 }),
  encodeCursor(incarnation, { position: '1;', id: '1', taken: 0 }),
  `${encodeCursor(incarnation, beginning)}AAAA`,
])('what is no cursor is refused: %j', (cursor) => {
  expect(() => decodeCursor(incarnation, cursor)).toThrowError(expect.objectContaining({ code: 'input.invalid' }));
});
