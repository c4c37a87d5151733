import { sql } from 'kysely';
import pg from 'pg';
import { expect, it } from 'vitest';
import { openStore, type Store } from '../open-store.ts';
import type { Claim } from '../runs/ownership.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { describeStores, migratedDatabase } from '../testing/describe-stores.ts';
import { type Entering, entering } from '../testing/queued-runs.ts';
import { completedEvent } from '../testing/sample-runs.ts';
import { claimQueuedStatement } from './claim-queued-statement.ts';

await describeStores('ENG-Q the queue of runs', (subject) => {
  const own = () => {
    const tenant = subject.newTenant();
    return { tenant, enter: entering(subject.store, tenant), queue: subject.store.system().queue };
  };
  const names = (claims: readonly Claim[]) => claims.map(({ run }) => run);
  const end = async (claims: readonly Claim[]) => {
    for (const { tenant, run, epoch, task } of claims) {
      const journal = subject.store.system().journal(tenant);
      journal.hold(run, { epoch, task });
      await journal.append(run, 2, [completedEvent]);
    }
  };

  it('a run that is entered is queued, is not due, and is taken once', async () => {
    const { tenant, enter, queue } = own();
    await enter('r1');
    expect(await subject.store.tenant(tenant).run('r1')).toMatchObject({ status: 'queued', owner: undefined });
    expect(names((await subject.store.system().ownership.claim(100)).filter((claim) => claim.tenant === tenant))).toEqual([]);
    expect(await queue.claim(5, { tenant })).toMatchObject([{ tenant, run: 'r1', epoch: 2, isDequeued: true }]);
    expect(await queue.claim(5, { tenant })).toEqual([]);
    expect(await subject.store.tenant(tenant).run('r1')).toMatchObject({ status: 'running' });
  });

  it('S13 first come, first served, over all workflows of a tenant', async () => {
    const { tenant, enter, queue } = own();
    const order = ['b', 'a', 'd', 'c', 'e'];
    for (const [index, run] of order.entries()) await enter(run, { workflow: `w${index % 2}`, maxConcurrency: 9 });
    expect(names(await queue.claim(2, { tenant }))).toEqual(['b', 'a']);
    expect(names(await queue.claim(9, { tenant })).sort()).toEqual(['c', 'd', 'e']);
  });

  it('max_concurrency runs of a workflow are at work, and the next is taken when one has ended', async () => {
    const { tenant, enter, queue } = own();
    for (const run of ['r1', 'r2', 'r3', 'r4']) await enter(run, { maxConcurrency: 2 });
    const first = await queue.claim(10, { tenant });
    expect(names(first)).toEqual(['r1', 'r2']);
    expect(await queue.claim(10, { tenant })).toEqual([]);
    expect(await subject.store.tenant(tenant).queues()).toMatchObject([{ workflow: 'letters', queued: 2, running: 2 }]);
    await end(first.slice(0, 1));
    expect(names(await queue.claim(10, { tenant }))).toEqual(['r3']);
    expect(await queue.claim(10, { tenant })).toEqual([]);
  });

  it('a run whose process is gone keeps its place at work; one that waits gives it up; one that cannot be loaded, too', async () => {
    const { tenant, enter, queue } = own();
    const { ownership, kysely } = subject.store.system();
    for (const run of ['r1', 'r2', 'r3', 'r4']) await enter(run);
    const [claim] = await queue.claim(1, { tenant });
    await sql`update espalier.runs set owner = 'gone', lease_until = now() - interval '1 s' where tenant = ${tenant} and run = 'r1'`.execute(
      kysely,
    );
    expect(await queue.claim(1, { tenant })).toEqual([]);
    const lost = (await ownership.claim(100)).find((found) => found.tenant === tenant);
    expect(lost).toMatchObject({ run: claim?.run, isDequeued: true });
    expect(await ownership.unload({ tenant, run: 'r1', epoch: 3, seq: 2, status: 'waiting', delayMs: 60_000 })).toBe(true);
    expect(names(await queue.claim(1, { tenant }))).toEqual(['r2']);
    await ownership.release({ tenant, run: 'r2', epoch: 2 });
    expect(await queue.claim(1, { tenant })).toEqual([]);
    await ownership.take({ tenant, run: 'r2' });
    await ownership.release({ tenant, run: 'r2', epoch: 3 }, { delayMs: 60_000, problem: 'workflow.changed' });
    expect(names(await queue.claim(1, { tenant }))).toEqual(['r3']);
  });

  it('a run that is given back still queued stands where it stood', async () => {
    const { tenant, enter, queue } = own();
    for (const run of ['r1', 'r2']) await enter(run);
    expect(await subject.store.system().ownership.take({ tenant, run: 'r1' })).toMatchObject({ isDequeued: false });
    expect(
      await subject.store.system().ownership.unload({ tenant, run: 'r1', epoch: 2, seq: 2, status: 'queued', delayMs: undefined }),
    ).toBe(true);
    expect(names(await queue.claim(1, { tenant }))).toEqual(['r1']);
  });

  it('max_queue_size refuses the next run, writes nothing of it, and says so in the stream of the queue', async () => {
    const { tenant, enter, queue } = own();
    for (const run of ['r1', 'r2']) await enter(run, { maxSize: 2 });
    const refused = await enter('r3', { maxSize: 2 }).catch((thrown) => thrown);
    expect(refused).toMatchObject({ code: 'queue.full', details: { workflow: 'letters', size: 2, limit: 2 } });
    const door = subject.store.tenant(tenant);
    expect(await door.run('r3')).toBeUndefined();
    expect(await door.stream('run:r3')).toEqual([]);
    expect(await door.stream('queue:letters')).toMatchObject([{ type: 'queue.full', payload: { workflow: 'letters', size: 2, limit: 2 } }]);
    await queue.claim(1, { tenant });
    await enter('r4', { maxSize: 2 });
    for (const run of ['r5', 'r6']) await enter(run, { maxSize: null });
    expect(await door.queues()).toMatchObject([{ queued: 4, limits: { maxSize: null } }]);
  });

  it('max_queue_size counts runs that are entered in one commit', async () => {
    const { tenant, enter } = own();
    const runs = Array.from({ length: 20 }, (_, index) => `r${index}`);
    const ends = await Promise.allSettled(runs.map((run) => enter(run, { maxSize: 7 })));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    expect(await subject.store.tenant(tenant).queues()).toMatchObject([{ queued: 7 }]);
  });

  it('rate_limit lets so many runs begin in any period', async () => {
    const { tenant, enter, queue } = own();
    for (const run of ['r1', 'r2', 'r3', 'r4']) await enter(run, { maxConcurrency: 9, rate: { runs: 2, perMs: 60_000 } });
    expect(names(await queue.claim(9, { tenant }))).toEqual(['r1', 'r2']);
    expect(await queue.claim(9, { tenant })).toEqual([]);
    const { kysely } = subject.store.system();
    await sql`update espalier.runs set dequeued_at = dequeued_at - interval '1 minute' where tenant = ${tenant} and run = 'r1'`.execute(
      kysely,
    );
    expect(names(await queue.claim(9, { tenant }))).toEqual(['r3']);
  });

  it('a tenant that floods the queue delays another by one claim', async () => {
    const [flooding, quiet] = [own(), own()];
    const scope = new Set([flooding.tenant, quiet.tenant]);
    for (let index = 0; index < 60; index += 1) await flooding.enter(`f${index}`, { maxConcurrency: 1000 });
    const next = async () => {
      for (;;) {
        const claims = await flooding.queue.claim(1);
        if (claims.every(({ tenant }) => scope.has(tenant))) return claims; // else one that another test has left
      }
    };
    for (let index = 0; index < 5; index += 1) await end(await next());
    for (const run of ['q1', 'q2', 'q3']) await quiet.enter(run, { maxConcurrency: 1000 });
    const order: Claim[] = [];
    for (let index = 0; index < 6; index += 1) {
      const claims = await next();
      order.push(...claims);
      await end(claims);
    }
    expect(names(order)).toEqual(['q1', 'f5', 'q2', 'f6', 'q3', 'f7']);
  });

  it('ENG-X8 a queued run is paused, keeps its place, and is cancelled without a turn', async () => {
    const { tenant, enter, queue } = own();
    const door = subject.store.tenant(tenant);
    const by = { actor: 'person:a', at: 5 };
    for (const run of ['r1', 'r2']) await enter(run);
    await door.request('r1', { type: 'run.paused' }, by);
    expect(await door.run('r1')).toMatchObject({ status: 'paused' });
    expect(names(await queue.claim(2, { tenant }))).toEqual(['r2']);
    expect((await subject.store.system().ownership.claim(100)).find((claim) => claim.tenant === tenant)).toMatchObject({
      run: 'r1',
      isDequeued: false,
    });
  });
});

await describePostgres('ENG-Q races for the queue of runs', (postgres) => {
  async function several(count: number): Promise<Store[]> {
    const location = { url: await migratedDatabase(postgres), connections: 4 };
    return Promise.all(Array.from({ length: count }, () => openStore({ location })));
  }
  const close = (stores: readonly Store[]) => Promise.all(stores.map((store) => store.close()));

  it('enqueuers of several processes do not go over max_queue_size', async () => {
    const stores = await several(6);
    const enters: Entering[] = stores.map((store) => entering(store, 'a'));
    const all = Array.from({ length: 120 }, (_, index) => enters[index % 6]?.(`r${index}`, { maxSize: 50 }));
    const codes = (await Promise.allSettled(all)).map((one) => (one.status === 'rejected' ? one.reason.code : 'entered'));
    expect(codes.filter((code) => code === 'entered')).toHaveLength(50);
    expect(new Set(codes)).toEqual(new Set(['entered', 'queue.full']));
    await close(stores);
  });

  it('a claim that was slow does not count on room that another has used meanwhile', async () => {
    const url = await migratedDatabase(postgres);
    const store = await openStore({ location: { url } });
    const enter = entering(store, 'a');
    const { queue, kysely } = store.system();
    await enter('second');
    const slow = claimQueuedStatement.text.replace('from candidate order', 'from candidate, pg_sleep(1) order');
    const client = new pg.Client(url);
    await client.connect();
    const claiming = client.query(slow, ['slow', 15_000, 1, null, null]);
    await expect
      .poll(async () => (await sql`select from pg_stat_activity where wait_event = 'PgSleep'`.execute(kysely)).rows.length)
      .toBe(1);
    // One that drew its number first, and came into the database later.
    await enter('first');
    await sql`update espalier.runs set queue_number = 0 where run = 'first'`.execute(kysely);
    expect(await queue.claim(1)).toMatchObject([{ run: 'first' }]);
    expect((await claiming).rows.map(({ run }) => run)).toEqual([null]);
    expect(await queue.claim(1)).toEqual([]);
    await client.end();
    await close([store]);
  });

  it('claimers of several processes do not go over max_concurrency and rate_limit, and take each run once', async () => {
    const stores = await several(6);
    const limits = { a: { maxConcurrency: 3 }, b: { maxConcurrency: 100, rate: { runs: 25, perMs: 600_000 } } };
    for (const [tenant, more] of Object.entries(limits)) {
      const enter = entering(stores[0] as Store, tenant);
      await Promise.all(Array.from({ length: 80 }, (_, index) => enter(`${tenant}${index}`, more)));
    }
    const taken: Claim[] = [];
    let tooMany = 0;
    const work = stores.map(async (store) => {
      const { queue, kysely } = store.system();
      for (let idle = 0; idle < 30; ) {
        const claims = await queue.claim(4);
        taken.push(...claims);
        idle = claims.length === 0 ? idle + 1 : 0;
        const { rows } = await sql<{ count: number }>`
          select count(*)::int as count from espalier.runs where tenant = 'a' and owner is not null and ended_at is null`.execute(kysely);
        if ((rows[0]?.count ?? 0) > 3) tooMany += 1;
        for (const { tenant, run, epoch, task } of claims) {
          store.system().journal(tenant).hold(run, { epoch, task });
          await store.system().journal(tenant).append(run, 2, [completedEvent]);
        }
      }
    });
    await Promise.all(work);
    const of = (tenant: string) => taken.filter((claim) => claim.tenant === tenant).map(({ run }) => run);
    expect(tooMany).toBe(0);
    expect([new Set(of('a')).size, of('a').length]).toEqual([80, 80]);
    expect([new Set(of('b')).size, of('b').length]).toEqual([25, 25]);
    await close(stores);
  });
});
