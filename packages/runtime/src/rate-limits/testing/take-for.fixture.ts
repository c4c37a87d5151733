/* A process that takes from two connections at once for some time, closes them, and says what came of it. It has to end by itself. */
import { EspalierError } from '@espalier/core';
import type { RateLimit } from '../../ports/rate-limiter.ts';
import { RedisRateLimiter } from '../redis-rate-limiter.ts';

const [url = '', timeoutMs = '0', ms = '0', limits = '[]'] = process.argv.slice(2);
const wanted: RateLimit[] = JSON.parse(limits);
const outcomes = { allowed: 0, refused: 0, unavailable: 0 };
const limiters = [0, 1].map(() => new RedisRateLimiter({ url, timeoutMs: Number(timeoutMs) }));

async function takeOnce(limiter: RedisRateLimiter): Promise<void> {
  try {
    const { allowed } = await limiter.take(wanted);
    outcomes[allowed ? 'allowed' : 'refused'] += 1;
  } catch (thrown) {
    if (!(thrown instanceof EspalierError) || thrown.code !== 'rate.unavailable') throw thrown;
    outcomes.unavailable += 1;
  }
}

const end = performance.now() + Number(ms);
await Promise.all(
  limiters.map(async (limiter) => {
    do await takeOnce(limiter);
    while (performance.now() < end);
    await limiter.close();
  }),
);
process.stdout.write(JSON.stringify(outcomes));
