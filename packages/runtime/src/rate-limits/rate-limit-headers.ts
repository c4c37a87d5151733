import { EspalierError } from '@espalier/core';
import type { RateDecision, RateLimit } from '../ports/rate-limiter.ts';

/** A decision against. */
export type RateRefusal = Extract<RateDecision, { allowed: false }>;

/**
 * The header fields of a response: of the limit that bites first what it is, how many more may come and in how many seconds that number
 * rises (draft-ietf-httpapi-ratelimit-headers, the form with one field each), and when refused also Retry-After. None where nothing is limited.
 */
export function rateLimitHeaders(decision: RateDecision): Record<string, string> {
  if (!decision.allowed) {
    const seconds = wholeSeconds(decision.retryAfterMs);
    return { ...fields(decision.exceeded, 0, seconds), 'Retry-After': String(seconds) };
  }
  return decision.limit ? fields(decision.limit, decision.remaining, wholeSeconds(decision.resetMs)) : {};
}

/** The refusal as an error: which limit, whose, and when to come again. */
export function rateLimited({ exceeded, retryAfterMs }: RateRefusal): EspalierError {
  const { name, subject, limit, windowMs } = exceeded;
  const which = `${limit} ${periodOf(windowMs)} for ${name} ${JSON.stringify(subject)}`;
  return new EspalierError('rate.limited', `The limit of ${which} is used up; come again in ${wholeSeconds(retryAfterMs)} s.`, {
    details: { name, limit, subject, window_ms: windowMs, retry_after_ms: retryAfterMs },
  });
}

function fields({ limit }: RateLimit, remaining: number, reset: number): Record<string, string> {
  return { 'RateLimit-Limit': String(limit), 'RateLimit-Remaining': String(remaining), 'RateLimit-Reset': String(reset) };
}

/** Rounded up: who comes back after that long is let in. */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

const periods = new Map([
  [1000, 'second'],
  [60_000, 'minute'],
  [3_600_000, 'hour'],
  [86_400_000, 'day'],
]);

function periodOf(windowMs: number): string {
  const period = periods.get(windowMs);
  return period ? `per ${period}` : `in ${windowMs} ms`;
}
