import type { RateDecision, RateLimit, RateLimiter } from '../ports/rate-limiter.ts';
import { type CountedLimit, countedLimits } from './counted-limits.ts';
import { decisionOf, type Standing } from './standing.ts';

/** Exact sliding windows inside this process: the times of all that a window holds. Other processes count for themselves. */
export class ProcessRateLimiter implements RateLimiter {
  readonly #now: () => number;
  /** Per length of window the times of each counter, the one counted last at the end: those to be forgotten stand in front. */
  readonly #windows = new Map<number, Map<string, number[]>>();
  #latest = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds since whenever, best of a clock that is never set. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many counters are remembered: those that counted something within their window before the last call. */
  get counters(): number {
    return this.#windows.values().reduce((sum, counters) => sum + counters.size, 0);
  }

  async take(limits: readonly RateLimit[]): Promise<RateDecision> {
    const counted = countedLimits(limits);
    const now = this.#tick();
    this.#forgetEmpty(now);
    const decision = decisionOf(counted.map((one) => this.#standing(one, now)));
    if (decision.allowed) for (const one of counted) this.#count(one, now);
    return decision;
  }

  async close(): Promise<void> {
    this.#windows.clear();
  }

  #standing({ key, limit }: CountedLimit, now: number): Standing {
    const times = this.#windows.get(limit.windowMs)?.get(key) ?? [];
    // The newest is inside, or the counter would have been forgotten.
    times.splice(
      0,
      times.findIndex((at) => at + limit.windowMs > now),
    );
    // A limit that was lowered may have more in its window than it allows: the one to leave is then not the oldest.
    const leaving = times[Math.max(0, times.length - limit.limit)] ?? now;
    return { limit, counted: times.length, waitMs: Math.ceil(leaving + limit.windowMs - now) };
  }

  #count({ key, limit }: CountedLimit, now: number): void {
    const counters = this.#windows.get(limit.windowMs) ?? new Map<string, number[]>();
    this.#windows.set(limit.windowMs, counters);
    const times = counters.get(key) ?? [];
    times.push(now);
    counters.delete(key);
    counters.set(key, times);
  }

  #forgetEmpty(now: number): void {
    for (const [windowMs, counters] of this.#windows) {
      for (const [key, times] of counters) {
        if ((times.at(-1) ?? now) + windowMs > now) break;
        counters.delete(key);
      }
      if (counters.size === 0) this.#windows.delete(windowMs);
    }
  }

  #tick(): number {
    const now = this.#now();
    if (now < this.#latest) this.#setBack(now);
    this.#latest = now;
    return now;
  }

  /** What was counted later than now, before the clock was set back, counts as of now: nobody waits longer than a window. */
  #setBack(now: number): void {
    for (const counters of this.#windows.values()) {
      for (const [key, times] of counters) {
        counters.set(
          key,
          times.map((at) => Math.min(at, now)),
        );
      }
    }
  }
}
