import { createHash } from 'node:crypto';
import { EspalierError } from '@espalier/core';
import type { RateDecision, RateLimit, RateLimiter } from '../ports/rate-limiter.ts';
import { type CountedLimit, countedLimits } from './counted-limits.ts';
import { ProcessRateLimiter } from './process-rate-limiter.ts';
import { RedisConnection } from './redis-connection.ts';
import { decisionOf } from './standing.ts';
import { takeScript } from './take-script.ts';

export interface RedisRateLimiterOptions {
  /** redis:// or rediss:// (TLS). It may hold a password, which is shown nowhere. */
  url: string;
  /** What all keys begin with, `espalier` if not given: installations that share a Redis need different ones. */
  prefix?: string;
  /** How long Redis may take to answer, 500 if not given. */
  timeoutMs?: number;
  /** Go on without Redis, each of `processes` processes with its part of every limit. Without it nobody gets past an absent Redis. */
  insurance?: { processes: number };
}

/**
 * Exact sliding windows that all processes on one Redis share, by the clock of Redis (S22). It refuses with `rate.unavailable` when Redis is
 * away, slow or wrong; what Redis forgets (restart without persistence, failover, eviction) is counted from nothing again.
 *
 * With insurance a window in which Redis went or came may hold what both allowed: at most twice the limit, however many processes.
 */
// Not rate-limiter-flexible: its windows are fixed, and of several limits it counts on those that are not exceeded.
export class RedisRateLimiter implements RateLimiter {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #insurance: { processes: number; limiter: ProcessRateLimiter } | undefined;

  /** @throws EspalierError `input.invalid` for a URL or a number of processes that cannot be used. */
  constructor({ url, prefix = 'espalier', timeoutMs = 500, insurance }: RedisRateLimiterOptions) {
    if (insurance) this.#insurance = { processes: checkProcesses(insurance), limiter: new ProcessRateLimiter(() => performance.now()) };
    this.#prefix = prefix;
    this.#connection = new RedisConnection(url, timeoutMs);
  }

  async take(limits: readonly RateLimit[]): Promise<RateDecision> {
    const counted = countedLimits(limits);
    if (counted.length === 0) return decisionOf([]);
    try {
      return await this.#takeShared(counted);
    } catch (thrown) {
      if (!this.#insurance) throw thrown;
      const { processes, limiter } = this.#insurance;
      return limiter.take(limits.map((limit) => partOf(limit, processes)));
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #takeShared(counted: readonly CountedLimit[]): Promise<RateDecision> {
    const keys = counted.map(({ key }) => this.#redisKey(key));
    const values = counted.flatMap(({ limit }) => [limit.limit, limit.windowMs * 1000]);
    const answer = await this.#connection.evaluate(takeScript, keys, values);
    if (!isCounts(answer, values.length)) {
      throw new EspalierError('rate.unavailable', 'Rate limits cannot be counted: Redis answered something else than counts.');
    }
    return decisionOf(
      counted.map(({ limit }, index) => {
        const [held = 0, waitMicroseconds = 0] = answer.slice(2 * index);
        return { limit, counted: held, waitMs: Math.ceil(waitMicroseconds / 1000) };
      }),
    );
  }

  /** The braces keep all keys in one slot of a cluster: one call counts on several. */
  #redisKey(key: string): string {
    return `{${this.#prefix}:rate}:${createHash('sha256').update(key).digest('base64url')}`;
  }
}

function isCounts(answer: unknown, length: number): answer is number[] {
  return Array.isArray(answer) && answer.length === length && answer.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function checkProcesses({ processes }: { processes: number }): number {
  if (Number.isSafeInteger(processes) && processes >= 1) return processes;
  throw new EspalierError('input.invalid', `The insurance of rate limits needs the number of processes, at least 1; it is ${processes}.`);
}

function partOf(limit: RateLimit, processes: number): RateLimit {
  const part = Math.floor(limit.limit / processes);
  if (part >= 1) return { ...limit, limit: part };
  const whole = `The ${limit.name} limit of ${limit.limit} cannot be divided among ${processes} processes`;
  throw new EspalierError('rate.unavailable', `${whole}, and Redis, which would count it for all of them, is not available.`);
}
