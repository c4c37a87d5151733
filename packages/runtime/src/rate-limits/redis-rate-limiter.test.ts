import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { RateLimit } from '../ports/rate-limiter.ts';
import { rateLimiterConformance } from './conformance.ts';
import { RedisRateLimiter } from './redis-rate-limiter.ts';
import { describeRedis } from './testing/describe-redis.ts';
import type { RedisServer } from './testing/redis-server.ts';

const run = promisify(execFile);
/** Slow machines are not what is tested here. */
const timeoutMs = 20_000;

await describeRedis('RedisRateLimiter', (server) => {
  let prefixes = 0;
  rateLimiterConformance('RedisRateLimiter', async () => {
    prefixes += 1;
    const all: RedisRateLimiter[] = [];
    const open = () => {
      const limiter = new RedisRateLimiter({ url: server().url, prefix: `suite-${prefixes}`, timeoutMs });
      all.push(limiter);
      return limiter;
    };
    const close = async () => {
      await Promise.all(all.map((limiter) => limiter.close()));
    };
    return { limiter: open(), another: async () => open(), now: () => performance.now(), wait: (ms) => sleep(ms), close };
  });

  it('GRD-3 S22 lets no more than the limit through in any window, whichever process asks', async () => {
    const limits: RateLimit[] = [
      { name: 'user', subject: 'ada', limit: 7, windowMs: 300 },
      { name: 'tenant', subject: 'acme', limit: 9, windowMs: 500 },
    ];
    const watch = await watchCounters(server());
    const script = join(import.meta.dirname, 'testing', 'take-for.fixture.ts');
    const processes = Array.from({ length: 3 }, () =>
      run(process.execPath, [script, server().url, String(timeoutMs), '2000', JSON.stringify(limits)]),
    );
    const outcomes = (await Promise.all(processes)).map(({ stdout }) => JSON.parse(stdout));
    const allowed = outcomes.reduce((sum, outcome) => sum + outcome.allowed, 0);
    const counters = await watch.end();
    expect([...counters.values()].map((times) => times.length)).toEqual([allowed, allowed]);
    for (const [index, { limit, windowMs }] of limits.entries()) {
      const times = [...counters.values()][index] ?? [];
      expect(Math.min(...spansOf(times, limit))).toBeGreaterThanOrEqual(windowMs * 1000);
    }
    expect(allowed).toBeGreaterThan(4 * 7);
    expect(outcomes.every(({ refused, unavailable }) => refused > allowed && unavailable === 0)).toBe(true);
  });

  it('GRD-3 forgets nothing a moment before its window ends', async () => {
    const watch = await watchCounters(server());
    const limiter = new RedisRateLimiter({ url: server().url, timeoutMs });
    const end = performance.now() + 1000;
    while (performance.now() < end) await limiter.take([{ name: 'user', subject: 'ada', limit: 1, windowMs: 20 }]);
    await limiter.close();
    const [times = []] = (await watch.end()).values();
    expect(times.length).toBeGreaterThan(10);
    expect(Math.min(...spansOf(times, 1))).toBeGreaterThanOrEqual(20_000);
  });

  it('takes nothing but the place and who asks from the URL', async () => {
    const limiter = new RedisRateLimiter({ url: `${server().url}/3?db=5&keyPrefix=other`, prefix: 'placed', timeoutMs });
    await limiter.take([{ name: 'user', subject: 'ada', limit: 1, windowMs: 60_000 }]);
    await limiter.close();
    const admin = new Redis(`${server().url}/3`);
    expect(await admin.keys('*placed*')).toEqual([expect.stringMatching(/^\{placed:rate\}/)]);
    admin.disconnect();
  });

  it('writes keys that tell nothing, stand in one slot, and expire', async () => {
    const limiter = new RedisRateLimiter({ url: server().url, prefix: 'shown', timeoutMs });
    const hostile = '}{:*\r\nSET broken 1\r\n';
    await limiter.take([
      { name: 'user', subject: hostile, limit: 5, windowMs: 60_000 },
      { name: 'user', subject: hostile, limit: 5, windowMs: 3_600_000 },
    ]);
    await limiter.close();
    const admin = new Redis(server().url);
    const keys = await admin.keys('*shown*');
    expect(keys).toEqual([expect.stringMatching(/^\{shown:rate\}:[\w-]{43}$/), expect.stringMatching(/^\{shown:rate\}:[\w-]{43}$/)]);
    const expiries = (await Promise.all(keys.map((key) => admin.pttl(key)))).sort((left, right) => left - right);
    expect(expiries[0]).toBeGreaterThan(50_000);
    expect(expiries[0]).toBeLessThanOrEqual(61_000);
    expect(expiries[1]).toBeGreaterThan(3_590_000);
    expect(expiries[1]).toBeLessThanOrEqual(3_601_000);
    expect(await admin.exists('broken')).toBe(0);
    admin.disconnect();
  });

  it('keeps installations with different prefixes apart', async () => {
    const once: RateLimit = { name: 'user', subject: 'ada', limit: 1, windowMs: 60_000 };
    for (const prefix of ['one', 'two']) {
      const limiter = new RedisRateLimiter({ url: server().url, prefix, timeoutMs });
      expect([(await limiter.take([once])).allowed, (await limiter.take([once])).allowed]).toEqual([true, false]);
      await limiter.close();
    }
  });

  it('makes nobody wait longer than a window when the clock of Redis is set back', async () => {
    const admin = new Redis(server().url);
    await admin.flushall();
    const limiter = new RedisRateLimiter({ url: server().url, timeoutMs });
    const two: RateLimit = { name: 'user', subject: 'ada', limit: 2, windowMs: 60_000 };
    for (let index = 0; index < 2; index += 1) await limiter.take([two]);
    const [key = ''] = await admin.keys('*');
    const inAnHour = (Date.now() + 3_600_000) * 1000;
    await admin.lset(key, 0, inAnHour);
    await admin.lset(key, 1, inAnHour + 1);
    expect(await limiter.take([two])).toEqual({ allowed: false, exceeded: two, retryAfterMs: 60_000 });
    await sleep(5);
    const decision = await limiter.take([two]);
    expect(!decision.allowed && decision.retryAfterMs).toBeLessThan(60_000);
    await limiter.close();
    admin.disconnect();
  });
});

/** How far apart each time is from the one `limit` places before it. */
function spansOf(times: number[], limit: number): number[] {
  return times.slice(limit).map((time, before) => time - (times[before] ?? time));
}

/** The times that scripts write to each counter, in microseconds, as Redis itself reports them. */
async function watchCounters({ url }: RedisServer): Promise<{ end(): Promise<Map<string, number[]>> }> {
  const admin = new Redis(url);
  await admin.flushall();
  const monitor = await admin.monitor();
  const counters = new Map<string, number[]>();
  const finished = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, [command = '', key = '', value = '']: string[]) => {
      if (command.toLowerCase() === 'echo' && key === 'finished') resolve();
      if (command.toLowerCase() !== 'rpush') return;
      counters.set(key, [...(counters.get(key) ?? []), Number(value)]);
    });
  });
  const end = async () => {
    await admin.echo('finished');
    await finished;
    monitor.disconnect();
    admin.disconnect();
    return counters;
  };
  return { end };
}
