import type { RateDecision, RateLimit } from '../ports/rate-limiter.ts';

/** How one limit stands before one more is counted. */
export interface Standing {
  limit: RateLimit;
  /** How many its window holds. */
  counted: number;
  /** Until it has room for one more than now: if it is full, until it has room at all. */
  waitMs: number;
}

/** One more may come if no window is full. The decision tells of the limit that bites first, or of the one that holds longest. */
export function decisionOf(standings: readonly Standing[]): RateDecision {
  const [longest] = standings.filter(isFull).sort((left, right) => right.waitMs - left.waitMs);
  if (longest) return { allowed: false, exceeded: longest.limit, retryAfterMs: longest.waitMs };
  const [tightest] = [...standings].sort((left, right) => roomIn(left) - roomIn(right) || right.waitMs - left.waitMs);
  if (!tightest) return { allowed: true, remaining: Number.POSITIVE_INFINITY, resetMs: 0, limit: undefined };
  return { allowed: true, remaining: roomIn(tightest) - 1, resetMs: tightest.waitMs, limit: tightest.limit };
}

function isFull(standing: Standing): boolean {
  return roomIn(standing) < 1;
}

function roomIn({ limit, counted }: Standing): number {
  return limit.limit - counted;
}
