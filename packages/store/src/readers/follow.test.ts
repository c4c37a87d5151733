import { once } from 'node:events';
import { EspalierError } from '@espalier/core';
import { outputEvent, sampleEvents } from '@espalier/runtime/testing';
import { sql } from 'kysely';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LogEvent } from '../log/log-event.ts';
import { openStore, type Store } from '../open-store.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { describeStores, migratedDatabase } from '../testing/describe-stores.ts';
import type { EventHandler, FollowOptions } from './follow.ts';

const quick: FollowOptions = { pollMs: 20, retryMs: 1 };
let runs = 0;

/** Appends `count` events to a new run. */
async function append(store: Store, count: number, tenant = 'a'): Promise<string> {
  runs += 1;
  const run = `r${runs}`;
  await store.system().journal(tenant).append(run, 0, sampleEvents(count));
  return run;
}

/** Follows until the test is over. */
function follow(store: Store, name: string, handler: EventHandler, options: FollowOptions = {}) {
  const following = store.system().follow(name, handler, { ...quick, ...options });
  onTestFinished(() => following.stop());
  return following;
}

const places = (events: readonly LogEvent[]) => events.map(({ stream, seq }) => `${stream}#${seq}`);

/** What readers are to see in the end, also where an open transaction still hides it from them. */
async function wholeLog(store: Store): Promise<string[]> {
  const query = store.system().kysely.selectFrom('espalier.events').select(['stream', 'seq']);
  const rows = await query.orderBy('position').orderBy('id').orderBy('seq').execute();
  return rows.map(({ stream, seq }) => `${stream}#${seq}`);
}

await describeStores('a reader of the log', (subject) => {
  let names = 0;
  const newName = () => {
    names += 1;
    return `reader-${names}`;
  };
  const { poll } = expect;
  const statusOf = async (name: string) => (await subject.store.system().status()).readers.find((reader) => reader.name === name);

  it('is given everything from the beginning, in order, and what is appended later', async () => {
    await append(subject.store, 7);
    const seen: LogEvent[] = [];
    follow(subject.store, newName(), (event) => void seen.push(event), { batch: 3 });
    await poll(() => places(seen)).toEqual(await wholeLog(subject.store));
    await append(subject.store, 5);
    await poll(() => places(seen)).toEqual(await wholeLog(subject.store));
  });

  it('goes on from the saved cursor after it was stopped', async () => {
    const name = newName();
    const [first, second]: [LogEvent[], LogEvent[]] = [[], []];
    const following = follow(subject.store, name, (event) => void first.push(event));
    await poll(() => places(first)).toEqual(await wholeLog(subject.store));
    await following.stop();
    const run = await append(subject.store, 2);
    follow(subject.store, name, (event) => void second.push(event));
    await poll(() => places(second)).toEqual([`run:${run}#1`, `run:${run}#2`]);
  });

  it('after a crash in mid-batch is given events again, and none too few', async () => {
    const name = newName();
    const run = await append(subject.store, 10);
    const seen: LogEvent[] = [];
    let isDead = false;
    const dying = follow(subject.store, name, async (event) => {
      if (event.stream === `run:${run}` && event.seq === 5) isDead = true;
      if (isDead)
        await new Promise((resolve) => setTimeout(resolve, 100)).then(() => Promise.reject(new EspalierError('run.stopped', 'died')));
      seen.push(event);
    });
    await poll(() => isDead).toBe(true);
    await dying.stop();
    seen.length = 0;
    follow(subject.store, name, (event) => void seen.push(event));
    const all = await wholeLog(subject.store);
    await poll(() => places(seen).at(-1)).toBe(all.at(-1));
    expect(places(seen)).toEqual(all.slice(-seen.length));
    expect(places(seen)).toContain(`run:${run}#5`);
  });

  it('of two under one name one reads, and the other goes on when it is stopped', async () => {
    const name = newName();
    const seen = { one: [] as LogEvent[], other: [] as LogEvent[] };
    const one = follow(subject.store, name, (event) => void seen.one.push(event));
    await poll(() => places(seen.one)).toEqual(await wholeLog(subject.store));
    follow(subject.store, name, (event) => void seen.other.push(event));
    await append(subject.store, 3);
    await poll(() => places(seen.one)).toEqual(await wholeLog(subject.store));
    expect(seen.other).toEqual([]);
    await one.stop();
    const run = await append(subject.store, 1);
    await poll(() => places(seen.other)).toEqual([`run:${run}#1`]);
  });

  it('goes past an event that it cannot take after some attempts, and keeps it', async () => {
    const name = newName();
    const run = await append(subject.store, 3);
    const seen: LogEvent[] = [];
    let tries = 0;
    const handler = (event: LogEvent) => {
      if (event.stream === `run:${run}` && event.seq === 2) {
        tries += 1;
        throw new Error(`no such word: ${'x'.repeat(10)}`);
      }
      seen.push(event);
    };
    follow(subject.store, name, handler, { attempts: 3 });
    await poll(() => places(seen).slice(-2)).toEqual([`run:${run}#1`, `run:${run}#3`]);
    expect(tries).toBe(3);
    const poisoned = await subject.store
      .system()
      .kysely.selectFrom('espalier.poisoned_events')
      .selectAll()
      .where('name', '=', name)
      .execute();
    expect(poisoned).toMatchObject([{ stream: `run:${run}`, seq: '2', attempts: 3, problem: 'no such word: xxxxxxxxxx' }]);
    await poll(() => statusOf(name)).toMatchObject({ poisoned: 1, behind: 0, attempts: 0, problem: undefined });
  });

  it('tries an event for ever whose failure says that it may succeed later, and says so', async () => {
    const name = newName();
    const run = await append(subject.store, 1);
    const seen: LogEvent[] = [];
    let tries = 0;
    const handler = (event: LogEvent) => {
      if (event.stream === `run:${run}`) tries += 1;
      if (event.stream === `run:${run}` && tries < 12) throw new EspalierError('database.unavailable', 'the index is away');
      seen.push(event);
    };
    follow(subject.store, name, handler, { attempts: 2 });
    await poll(() => statusOf(name)).toMatchObject({ problem: 'the index is away' });
    await poll(() => places(seen).at(-1), { timeout: 20_000 }).toBe(`run:${run}#1`);
    await poll(() => statusOf(name)).toMatchObject({ poisoned: 0, attempts: 0, problem: undefined });
  }, 30_000);

  it('keeps its place while a handler takes longer than the lease', async () => {
    const name = newName();
    const run = await append(subject.store, 1);
    const seen = { slow: [] as string[], other: [] as string[] };
    const slow = async (event: LogEvent) => {
      if (event.stream === `run:${run}`) await new Promise((resolve) => setTimeout(resolve, 900));
      seen.slow.push(event.stream);
    };
    follow(subject.store, name, slow, { leaseMs: 300 });
    await poll(() => statusOf(name)).toBeDefined();
    follow(subject.store, name, (event) => void seen.other.push(event.stream), { leaseMs: 300 });
    await poll(() => seen.slow.at(-1), { timeout: 10_000 }).toBe(`run:${run}`);
    expect(seen.other).toEqual([]);
  });

  describe('of some types only', () => {
    it('is given these, in order, and does not look through the others again', async () => {
      const name = newName();
      const seen: LogEvent[] = [];
      const journal = subject.store.system().journal('types');
      await journal.append('t1', 0, [outputEvent('a'), ...sampleEvents(3), outputEvent('b')]);
      follow(subject.store, name, (event) => void seen.push(event), { types: ['node.completed'] });
      await poll(() => places(seen)).toEqual(['run:t1#1', 'run:t1#5']);
      await append(subject.store, 400);
      await poll(() => statusOf(name)).toMatchObject({ behind: 0 });
      await journal.append('t1', 5, [...sampleEvents(1), outputEvent('c')]);
      await poll(() => places(seen)).toEqual(['run:t1#1', 'run:t1#5', 'run:t1#7']);
    });

    it('gets pages whose cursor moves on, also where there is none of them', async () => {
      await append(subject.store, 5);
      const { events, cursor } = await subject.store.system().readLog({ types: ['run.cancelled'] });
      expect(events).toEqual([]);
      const run = await append(subject.store, 2);
      const later = async () => places((await subject.store.system().readLog({ cursor })).events).slice(-2);
      await poll(later).toEqual([`run:${run}#1`, `run:${run}#2`]);
      const whole = await wholeLog(subject.store);
      expect((await subject.store.system().readLog({ cursor })).events.length).toBeLessThan(whole.length);
    });
  });

  describe('of commits of many events', () => {
    it('gets pages that end inside them, and goes on there', async () => {
      const run = await append(subject.store, 600);
      const whole = await wholeLog(subject.store);
      // Whatever transaction is open anywhere on the server hides the last of them for a while.
      await poll(async () => places((await subject.store.system().readLog({ limit: 100_000 })).events)).toEqual(whole);
      for (const limit of [1, 7, 250, 599, 5000]) {
        if (limit === 1 && whole.length > 5000) continue;
        const seen: LogEvent[] = [];
        for (let cursor: string | undefined; ; ) {
          const page = await subject.store.system().readLog({ cursor, limit });
          expect(page.events.length).toBeLessThanOrEqual(limit);
          seen.push(...page.events);
          cursor = page.cursor;
          if (page.events.length < limit) break;
        }
        expect(places(seen)).toEqual(whole);
        expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
      }
      expect(whole).toContain(`run:${run}#600`);
    });

    it('gets full pages of one type, also where each commit has one of them', async () => {
      const journal = subject.store.system().journal(subject.newTenant());
      for (const run of ['a', 'b', 'c', 'd', 'e'])
        await journal.append(`typed-${run}`, 0, [...sampleEvents(40), outputEvent(run), ...sampleEvents(300)]);
      const ofType = async () => (await subject.store.system().readLog({ types: ['node.completed'], limit: 10_000 })).events;
      const last = ['a', 'b', 'c', 'd', 'e'].map((run) => `run:typed-${run}#41`);
      await poll(async () => places(await ofType()).slice(-5)).toEqual(last);
      const all = await ofType();
      const seen: LogEvent[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await subject.store.system().readLog({ cursor, limit: 3, types: ['node.completed'] });
        seen.push(...page.events);
        cursor = page.cursor;
        if (page.events.length < 3) break;
      }
      expect(places(seen)).toEqual(places(all));
    });

    it('goes on inside one after it was stopped there, goes past one of its events, and counts what is left of it', async () => {
      const name = newName();
      const run = await append(subject.store, 300);
      const seen: number[] = [];
      const reached = Promise.withResolvers<void>();
      const take: EventHandler = async ({ stream, seq }, signal) => {
        if (stream !== `run:${run}`) return;
        if (seq === 102) throw new Error('no such word');
        seen.push(seq);
        if (seq !== 100) return;
        reached.resolve();
        await once(signal, 'abort');
      };
      const first = follow(subject.store, name, take, { attempts: 1 });
      await reached.promise;
      await first.stop();
      expect(await statusOf(name)).toMatchObject({ behind: 200, oldestAt: sampleEvents(300)[100]?.at });
      follow(subject.store, name, take, { attempts: 1 });
      await poll(() => statusOf(name), { timeout: 10_000 }).toMatchObject({ behind: 0, poisoned: 1, oldestAt: undefined });
      expect(seen).toEqual(Array.from({ length: 300 }, (_, index) => index + 1).filter((seq) => seq !== 102));
    });
  });

  it('says how far it is behind, and since when', async () => {
    const name = newName();
    const seen: LogEvent[] = [];
    const following = follow(subject.store, name, (event) => void seen.push(event));
    await poll(() => places(seen)).toEqual(await wholeLog(subject.store));
    await following.stop();
    runs += 1;
    await subject.store.system().journal('a').append(`r${runs}`, 0, sampleEvents(3, 5000));
    expect(await statusOf(name)).toEqual({ name, behind: 3, oldestAt: 5000, attempts: 0, problem: undefined, poisoned: 0 });
  });

  it('stops at an event whose value is lost, and says why', async () => {
    const name = newName();
    const tenant = subject.newTenant();
    await subject.store
      .system()
      .journal(tenant)
      .append('r1', 0, [outputEvent('x'.repeat(50_000)), ...sampleEvents(1)]);
    const { kysely } = subject.store.system();
    const [payload] = await kysely.selectFrom('espalier.payloads').selectAll().where('tenant', '=', tenant).execute();
    await kysely.deleteFrom('espalier.payload_refs').where('tenant', '=', tenant).execute();
    await kysely.deleteFrom('espalier.payloads').where('tenant', '=', tenant).execute();
    const seen: LogEvent[] = [];
    follow(subject.store, name, (event) => void seen.push(event));
    await poll(() => statusOf(name)).toMatchObject({ problem: expect.stringContaining(payload?.hash ?? '-') });
    if (payload) await kysely.insertInto('espalier.payloads').values(payload).execute();
    await poll(() => places(seen), { timeout: 10_000 }).toEqual(await wholeLog(subject.store));
  });
});

await describePostgres('readers in several processes', (postgres) => {
  const opened: Store[] = [];
  const open = async (url: string) => {
    const store = await openStore({ location: { url } });
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  it('hear of each other’s commits without polling', async () => {
    const url = await migratedDatabase(postgres);
    const [writer, reader] = [await open(url), await open(url)];
    const seen: LogEvent[] = [];
    follow(reader, 'far', (event) => void seen.push(event), { pollMs: 60_000 });
    await expect.poll(async () => (await reader.system().status()).readers).toHaveLength(1);
    await append(writer, 3);
    await expect.poll(() => seen, { timeout: 3000 }).toHaveLength(3);
  });

  it('one takes over when the other dies without a word, once its lease is over', async () => {
    const url = await migratedDatabase(postgres);
    const [one, other] = [await open(url), await open(url)];
    const seen = { one: [] as string[], other: [] as string[] };
    await append(one, 4);
    const dying = follow(one, 'n', (event) => void seen.one.push(String(event.seq)), { leaseMs: 1000 });
    await expect.poll(() => seen.one).toHaveLength(4);
    await dying.stop();
    // As the row is left behind by a process that was killed.
    await one.system().kysely.updateTable('espalier.readers').set({ owner: 'dead' }).execute();
    await sql`update espalier.readers set lease_until = clock_timestamp() + interval '1 second'`.execute(one.system().kysely);
    await append(other, 1);
    const begun = performance.now();
    follow(other, 'n', (event) => void seen.other.push(String(event.seq)), { leaseMs: 1000 });
    await expect.poll(() => seen.other, { timeout: 5000 }).toEqual(['1']);
    expect(performance.now() - begun).toBeGreaterThan(700);
  });

  it('go on when the database was away', async () => {
    const url = await migratedDatabase(postgres);
    const store = await open(url);
    const admin = await open(`${url}?application_name=admin`);
    const seen: LogEvent[] = [];
    const following = follow(store, 'n', (event) => void seen.push(event), { batch: 2 });
    for (let round = 0; round < 10; round += 1) {
      await append(admin, 3);
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name <> 'admin'`.execute(admin.system().kysely);
    }
    await expect.poll(() => new Set(places(seen)).size, { timeout: 20_000 }).toBe(30);
    expect([...new Set(places(seen))]).toEqual(await wholeLog(store));
    await following.stop();
  });
});
