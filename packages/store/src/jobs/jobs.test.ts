import { EspalierError } from '@espalier/core';
import { sql } from 'kysely';
import { afterEach, expect, it, vi } from 'vitest';
import { openStore } from '../open-store.ts';
import { describePostgres } from '../testing/describe-postgres.ts';
import { describeStores, migratedDatabase } from '../testing/describe-stores.ts';
import type { CreateJobsOptions, Jobs } from './create-jobs.ts';
import type { Job } from './job.ts';

await describeStores('jobs', (subject) => {
  const running: Jobs[] = [];
  afterEach(async () => {
    for (const jobs of running.splice(0)) await jobs.stop({ withinMs: 1000 });
  });

  // Names of jobs are unique to a test: one database is enough.
  function newJobs(options: CreateJobsOptions = {}): Jobs {
    const jobs = subject.store.system().jobs({ pollMs: 500, ...options });
    running.push(jobs);
    return jobs;
  }

  const kysely = () => subject.store.system().kysely;

  it('are done once each, with their data, soon after they were sent', async () => {
    const done: Job[] = [];
    const jobs = newJobs({ pollMs: 20_000 });
    jobs.define('count', (job) => void done.push(job));
    await jobs.start();
    const ids = await Promise.all(Array.from({ length: 20 }, (_, number) => jobs.send('count', { number })));
    await vi.waitFor(() => expect(done).toHaveLength(20), 5000);
    expect(new Set(done.map(({ id }) => id))).toEqual(new Set(ids));
    expect(done.map(({ data }) => data.number).toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(new Set(done.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  it('sent within a transaction are there if it commits, and only then', async () => {
    const done: unknown[] = [];
    const jobs = newJobs();
    jobs.define('tell', ({ data }) => void done.push(data.what));
    await jobs.start();
    await kysely()
      .transaction()
      .execute(async (within) => {
        await jobs.send('tell', { what: 'committed' }, { within });
        await sql`select pg_sleep(0.3)`.execute(within);
        expect(done).toEqual([]);
      });
    const rolledBack = kysely()
      .transaction()
      .execute(async (within) => {
        await jobs.send('tell', { what: 'rolled back' }, { within });
        throw new Error('on purpose');
      });
    await expect(rolledBack).rejects.toThrow('on purpose');
    await jobs.send('tell', { what: 'last' });
    await vi.waitFor(() => expect(done).toEqual(['committed', 'last']), 5000);
  });

  it('with a singleton key are not added while one waits, and are while one is under way', async () => {
    const gate = Promise.withResolvers<void>();
    const started: unknown[] = [];
    const jobs = newJobs();
    jobs.define('sweep', async ({ data }) => {
      started.push(data.number);
      await gate.promise;
    });
    await jobs.start();
    const send = (number: number, singleton: string) => jobs.send('sweep', { number }, { singleton });
    expect(await send(1, 'a')).toBeDefined();
    await vi.waitFor(() => expect(started).toEqual([1]), 5000);
    expect(await send(2, 'a')).toBeDefined();
    expect(await send(3, 'a')).toBeUndefined();
    expect(await send(4, 'b')).toBeDefined();
    gate.resolve();
    await vi.waitFor(() => expect(started).toEqual([1, 2, 4]), 5000);
  });

  it('that fail are tried again with growing pauses, and kept as failed without what may be secret', async () => {
    const attempts: { attempt: number; at: number }[] = [];
    const reported: unknown[] = [];
    const jobs = newJobs({ onError: (thrown, job) => reported.push([job, String(thrown)]) });
    jobs.define(
      'leak',
      ({ attempt }) => {
        attempts.push({ attempt, at: Date.now() });
        throw Object.assign(new TypeError('bad key sk-live-123'), { headers: { authorization: 'Bearer sk-live-123' } });
      },
      { retries: 1, retryMs: 1000 },
    );
    jobs.define(
      'refuse',
      () => {
        throw new EspalierError('run.not_found', 'There is no run r1.', { details: { run: 'r1' } });
      },
      { retries: 0 },
    );
    await jobs.start();
    const id = await jobs.send('leak', { run: 'r1' });
    await jobs.send('refuse', {});
    await vi.waitFor(async () => expect(await jobs.failed()).toHaveLength(2), { timeout: 15_000, interval: 200 });
    const failed = await jobs.failed();
    expect(failed.find(({ name }) => name === 'leak')).toMatchObject({ id, data: { run: 'r1' }, code: 'internal.defect', attempts: 2 });
    expect(failed.find(({ name }) => name === 'refuse')).toMatchObject({
      code: 'run.not_found',
      message: 'There is no run r1.',
      attempts: 1,
    });
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect((attempts[1]?.at ?? 0) - (attempts[0]?.at ?? 0)).toBeGreaterThan(400);
    expect(reported).toContainEqual(['leak', 'TypeError: bad key sk-live-123']);
    const stored = await sql<{ row: string }>`select j::text as row from pgboss.job j`.execute(kysely());
    expect(JSON.stringify(stored.rows)).not.toMatch(/sk-live|\.ts:/);
    expect(await jobs.failed(1)).toHaveLength(1);
  });

  it('are delayed as asked', async () => {
    const done: number[] = [];
    const jobs = newJobs();
    jobs.define('later', () => void done.push(Date.now()));
    await jobs.start();
    const sentAt = Date.now();
    await jobs.send('later', {}, { startAfterMs: 1500 });
    await vi.waitFor(() => expect(done).toHaveLength(1), 10_000);
    expect((done[0] ?? 0) - sentAt).toBeGreaterThanOrEqual(1400);
  });

  it('that overrun their time are told so, and fail', async () => {
    const jobs = newJobs();
    const aborted: boolean[] = [];
    jobs.define('endless', ({ signal }) => untilAborted(signal).then(() => void aborted.push(true)), { timeoutMs: 1000, retries: 0 });
    await jobs.start();
    await jobs.send('endless', {});
    await vi.waitFor(async () => expect(await jobs.failed(1)).toMatchObject([{ name: 'endless', attempts: 1 }]), 10_000);
    expect(aborted).toEqual([true]);
  });

  it('are waited for when the process stops', async () => {
    const jobs = newJobs();
    const steps: string[] = [];
    jobs.define('slow', async () => {
      steps.push('begun');
      await new Promise((resolve) => setTimeout(resolve, 500));
      steps.push('done');
    });
    await jobs.start();
    await jobs.send('slow', {});
    await vi.waitFor(() => expect(steps).toEqual(['begun']), 5000);
    await jobs.stop({ withinMs: 10_000 });
    expect(steps).toEqual(['begun', 'done']);
    const { rows } = await sql<{ state: string }>`select state::text as state from pgboss.job where name = 'slow'`.execute(kysely());
    expect(rows).toEqual([{ state: 'completed' }]);
    await expect(jobs.send('slow', {})).rejects.toMatchObject({ code: 'internal.defect' });
  });

  it('that do not end in time when the process stops are told so, and done by the next process', async () => {
    const jobs = newJobs();
    const begun = Promise.withResolvers<AbortSignal>();
    jobs.define('stuck', ({ signal }) => {
      begun.resolve(signal);
      return new Promise(() => {});
    });
    await jobs.start();
    const id = await jobs.send('stuck', { run: 'r1' });
    const signal = await begun.promise;
    await jobs.stop({ withinMs: 1000 });
    expect(signal.aborted).toBe(true);
    const done: Job[] = [];
    const next = newJobs();
    next.define('stuck', (job) => void done.push(job));
    await next.start();
    await vi.waitFor(() => expect(done).toMatchObject([{ id, data: { run: 'r1' }, attempt: 2 }]), 15_000);
  });

  it('are sent by a schedule, and no more once the job has none', async () => {
    const done: unknown[] = [];
    const jobs = newJobs({ cronMs: 1000 });
    jobs.define('minutely', ({ data }) => void done.push(data), { cron: '* * * * *' });
    await jobs.start();
    await vi.waitFor(() => expect(done).toEqual([{}]), 15_000); // the occurrence of this minute
    await jobs.stop();
    const without = newJobs();
    without.define('minutely', () => {});
    await without.start();
    const { rows } = await sql`select * from pgboss.schedule`.execute(kysely());
    expect(rows).toEqual([]);
  });

  it.each(['every day', '61 * * * *', ''])('with the schedule %j are refused', async (cron) => {
    const jobs = newJobs();
    jobs.define('wrong', () => {}, { cron });
    await expect(jobs.start()).rejects.toMatchObject({ code: 'input.invalid', message: expect.stringContaining('wrong') });
  });

  it('refuse data that cannot be stored, that belong elsewhere, and names that nobody defined', async () => {
    const jobs = newJobs();
    jobs.define('known', () => {});
    expect(() => jobs.define('known', () => {})).toThrow(expect.objectContaining({ code: 'internal.defect' }));
    await expect(jobs.send('known', {})).rejects.toMatchObject({ code: 'internal.defect' });
    await jobs.start();
    await expect(jobs.send('known', { text: 'a\u0000b' })).rejects.toMatchObject({ code: 'payload.invalid_text' });
    await expect(jobs.send('known', { text: 'a'.repeat(9000) })).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(jobs.send('unknown', {})).rejects.toMatchObject({ code: 'internal.defect' });
  });
});

await describePostgres('jobs of several processes', (postgres) => {
  it('that start at the same time are done once each', async () => {
    const location = { url: await migratedDatabase(postgres) };
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore({ location })));
    const done: unknown[] = [];
    const all = stores.map((store) => store.system().jobs({ pollMs: 20_000 }));
    for (const jobs of all) jobs.define('shared', ({ data }) => void done.push(data.number));
    await Promise.all(all.map((jobs) => jobs.start()));
    await Promise.all(Array.from({ length: 20 }, (_, number) => all[number % all.length]?.send('shared', { number })));
    await vi.waitFor(() => expect(new Set(done).size).toBe(20), 10_000);
    expect(done).toHaveLength(20);
    await Promise.all(all.map((jobs) => jobs.stop()));
    await Promise.all(stores.map((store) => store.close()));
  });

  it('are done by another process than the one that sent them, as soon as it has told of them', async () => {
    const location = { url: await migratedDatabase(postgres) };
    const stores = await Promise.all([openStore({ location }), openStore({ location })]);
    const [sender, worker] = stores.map((store) => store.system().jobs({ pollMs: 20_000 })) as [Jobs, Jobs];
    const gate = Promise.withResolvers<void>();
    const by: string[] = [];
    sender.define('either', () => gate.promise.then(() => void by.push('sender')));
    worker.define('either', () => void by.push('worker'));
    await Promise.all([sender.start(), worker.start()]);
    await Promise.all([1, 2, 3].map((number) => sender.send('either', { number })));
    await vi.waitFor(() => expect(by.filter((name) => name === 'worker').length).toBeGreaterThanOrEqual(2), 10_000);
    gate.resolve();
    await vi.waitFor(() => expect(by).toHaveLength(3), 10_000);
    await Promise.all([sender.stop(), worker.stop()]);
    await Promise.all(stores.map((store) => store.close()));
  });
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}
