import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RateLimit } from '../ports/rate-limiter.ts';
import { RedisRateLimiter, type RedisRateLimiterOptions } from './redis-rate-limiter.ts';
import { describeRedis } from './testing/describe-redis.ts';

const run = promisify(execFile);
/** For what must not fail on a slow machine, and for what must time out. */
const [patient, impatient] = [{ timeoutMs: 20_000 }, { timeoutMs: 200 }];
/** Well within the patient timeout: such an answer waited for nothing. */
const atOnce = 5000;
const unavailable = { code: 'rate.unavailable' };
const user = (limit: number): RateLimit => ({ name: 'user', subject: 'ada', limit, windowMs: 600_000 });

await describeRedis('RedisRateLimiter in trouble', (server) => {
  let limiter: RedisRateLimiter;
  let admin: Redis;
  const opened: RedisRateLimiter[] = [];
  const open = (options: Partial<RedisRateLimiterOptions> = {}) => {
    const one = new RedisRateLimiter({ url: server().url, ...patient, ...options });
    opened.push(one);
    return one;
  };
  beforeEach(async () => {
    await server().restart();
    admin = new Redis(server().url, { protocol: 2, maxRetriesPerRequest: null });
    admin.on('error', () => undefined);
    limiter = open();
    await limiter.take([user(1)]);
    await admin.flushall();
  });
  afterEach(async () => {
    admin.disconnect();
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });
  const works = (one: RedisRateLimiter) =>
    expect.poll(() => one.take([user(1000)]).catch(({ code }) => code), { timeout: 20_000 }).toMatchObject({ allowed: true });
  const refusedWithin = async (one: RedisRateLimiter, ms: number) => {
    const begin = performance.now();
    await expect(one.take([user(5)])).rejects.toMatchObject(unavailable);
    expect(performance.now() - begin).toBeLessThan(ms);
  };

  it('GRD-3 refuses while Redis is gone, also what was under way, and works again once it is back', async () => {
    const underWay: Promise<string>[] = [];
    const asking = setInterval(() => underWay.push(outcomeOf(limiter.take([user(1000)]))), 1);
    await sleep(50);
    server().pause();
    await sleep(50);
    await server().kill();
    await sleep(50);
    clearInterval(asking);
    const killed = performance.now();
    const outcomes = await Promise.all(underWay);
    expect(performance.now() - killed).toBeLessThan(atOnce);
    expect([...new Set(outcomes)].sort()).toEqual(['allowed', 'rate.unavailable']);
    await refusedWithin(limiter, atOnce);
    await expect(limiter.take([user(5)])).rejects.toThrow(/ECONNREFUSED/);
    await server().restart();
    await works(limiter);
  });

  it('works when Redis comes later than the limiter', async () => {
    await server().kill();
    const early = open();
    await expect(early.take([user(5)])).rejects.toMatchObject(unavailable);
    await server().restart();
    await works(early);
  });

  it('counts from nothing after FLUSHALL, and goes on after SCRIPT FLUSH', async () => {
    expect(await limiter.take([user(5)])).toMatchObject({ remaining: 4 });
    await admin.script('FLUSH');
    expect(await limiter.take([user(5)])).toMatchObject({ remaining: 3 });
    await admin.flushall();
    expect(await limiter.take([user(5)])).toMatchObject({ remaining: 4 });
    await admin.script('FLUSH');
    const all = await Promise.all(Array.from({ length: 20 }, () => limiter.take([user(10)])));
    expect(all.filter(({ allowed }) => allowed)).toHaveLength(9);
  });

  it('GRD-3 refuses in time while Redis stalls, and works again once it goes on', async () => {
    const quick = open(impatient);
    await works(quick);
    server().pause();
    const newcomer = open(impatient);
    for (const one of [quick, newcomer, quick, newcomer, quick]) await refusedWithin(one, impatient.timeoutMs + 2000);
    server().resume();
    await works(quick);
    await works(newcomer);
  });

  it('does not send all that it refused once a stalled Redis goes on', async () => {
    const quick = open(impatient);
    await works(quick);
    await admin.flushall();
    server().pause();
    const asking: Promise<unknown>[] = [];
    const begin = performance.now();
    let early = 0;
    while (performance.now() - begin < 8 * impatient.timeoutMs) {
      asking.push(expect(quick.take([user(1000)])).rejects.toMatchObject(unavailable));
      if (performance.now() - begin < 3 * impatient.timeoutMs) early += 1;
      await sleep(5);
    }
    await Promise.all(asking);
    expect(asking.length).toBeGreaterThan(1.5 * early);
    server().resume();
    await works(quick);
    const decision = await limiter.take([user(1000)]);
    const counted = 1000 - (decision.allowed ? decision.remaining : 0);
    // What was sent before the connection was given up, those by which it was seen to work, and this one.
    expect(counted).toBeLessThanOrEqual(early + 10);
  });

  it('waits for an answer that is there when this process was busy', async () => {
    const timeoutMs = 1000;
    const one = open({ timeoutMs });
    await works(one);
    const answer = one.take([user(1000)]);
    await new Promise(setImmediate);
    const busyUntil = performance.now() + 1.3 * timeoutMs;
    while (performance.now() < busyUntil);
    expect(await answer).toMatchObject({ allowed: true });
  });

  it('GRD-3 refuses while Redis refuses to write, and follows a failover on a connection that stayed open', async () => {
    await admin.replicaof('127.0.0.1', '1');
    const connections = await connectionIds(admin);
    await expect(limiter.take([user(5)])).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('(READONLY)') });
    await expect
      .poll(async () => (await connectionIds(admin)).filter((id) => !connections.includes(id)).length, { timeout: 20_000 })
      .toBe(1);
    await admin.replicaof('NO', 'ONE');
    await works(limiter);
    await admin.config('SET', 'maxmemory', '1');
    await expect(limiter.take([user(5)])).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('(OOM)') });
  });

  it('refuses, and does not forget, where its keys hold something else', async () => {
    await limiter.take([user(5)]);
    const [key = ''] = await admin.keys('*');
    await admin.set(key, 'something else');
    await expect(limiter.take([user(5)])).rejects.toMatchObject(unavailable);
    expect(await admin.get(key)).toBe('something else');
  });

  it('shows a wrong password nowhere, and says that it is wrong', async () => {
    await admin.config('SET', 'requirepass', 'right');
    const { host } = new URL(server().url);
    const wrong = open({ url: `redis://:very-wr0ng@${host}` });
    const thrown = await wrong.take([user(5)]).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ ...unavailable, message: expect.stringMatching(/WRONGPASS/) });
    expect(thrown).not.toHaveProperty('cause');
    expect(JSON.stringify([thrown, String(thrown), (thrown as Error).stack])).not.toContain('wr0ng');
    await works(open({ url: `redis://:right@${host}` }));
  });

  it('S22 insured processes together never let more through than the limit while Redis is away', async () => {
    const insured = [0, 1, 2].map(() => open({ insurance: { processes: 3 } }));
    await server().kill();
    const decisions = await Promise.all(insured.flatMap((one) => Array.from({ length: 10 }, () => one.take([user(11)]))));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(9);
    await expect(insured[0]?.take([user(11), { ...user(2), name: 'session' }])).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('session'),
    });
    await server().restart();
    await expect.poll(() => insured[0]?.take([user(11)]), { timeout: 20_000 }).toMatchObject({ allowed: true, remaining: 10 });
  });

  it('refuses at once after close, and closes twice', async () => {
    await limiter.close();
    await limiter.close();
    await refusedWithin(limiter, atOnce);
  });

  it('closes without waiting for a Redis that stalls', async () => {
    server().pause();
    const underWay = expect(limiter.take([user(5)])).rejects.toMatchObject(unavailable);
    await new Promise(setImmediate);
    const begin = performance.now();
    await limiter.close();
    await underWay;
    expect(performance.now() - begin).toBeLessThan(1500);
  });

  it('close leaves nothing open that would keep a process alive, whether Redis works, stalls or is gone', async () => {
    const script = join(import.meta.dirname, 'testing', 'take-for.fixture.ts');
    const outcome = async ({ timeoutMs }: { timeoutMs: number }) => {
      const parameters = [server().url, String(timeoutMs), '700', JSON.stringify([user(1)])];
      const { stdout } = await run(process.execPath, [script, ...parameters], { timeout: 30_000 });
      return JSON.parse(stdout);
    };
    expect(await outcome(patient)).toEqual({ allowed: 1, refused: expect.any(Number), unavailable: 0 });
    server().pause();
    expect(await outcome(impatient)).toEqual({ allowed: 0, refused: 0, unavailable: expect.any(Number) });
    await server().kill();
    expect(await outcome(impatient)).toEqual({ allowed: 0, refused: 0, unavailable: expect.any(Number) });
  });
});

async function outcomeOf(taken: ReturnType<RedisRateLimiter['take']>): Promise<string> {
  return taken.then(
    ({ allowed }) => (allowed ? 'allowed' : 'refused'),
    ({ code }) => code,
  );
}

async function connectionIds(admin: Redis): Promise<string[]> {
  const list = String(await admin.client('LIST'));
  return [...list.matchAll(/^id=(\d+)/gm)].map(([, id = '']) => id);
}
