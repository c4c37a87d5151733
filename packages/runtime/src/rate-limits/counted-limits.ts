import { EspalierError } from '@espalier/core';
import type { RateLimit } from '../ports/rate-limiter.ts';

/** About 30 years: longer windows would leave the integers that a double holds exactly once they are microseconds since 1970. */
const longestWindowMs = 1e12;

/** A limit and what its counter is called: no two of name, subject and window share a key, whatever characters they hold. */
export interface CountedLimit {
  key: string;
  limit: RateLimit;
}

/**
 * The counters that one call needs, each once: of limits on the same counter the lowest holds.
 * @throws EspalierError `internal.defect` for a limit or a window that is not a positive whole number.
 */
export function countedLimits(limits: readonly RateLimit[]): CountedLimit[] {
  const counted = new Map<string, CountedLimit>();
  for (const limit of limits) {
    checkLimit(limit);
    // JSON tells even lone surrogates apart, which UTF-8 does not.
    const key = JSON.stringify([limit.name, limit.windowMs, limit.subject]);
    const other = counted.get(key);
    if (!other || limit.limit < other.limit.limit) counted.set(key, { key, limit });
  }
  return [...counted.values()];
}

function checkLimit({ name, limit, windowMs }: RateLimit): void {
  if (isCount(limit) && isCount(windowMs) && windowMs <= longestWindowMs) return;
  const found = `${limit} in ${windowMs} ms`;
  throw new EspalierError(
    'internal.defect',
    `Rate limit ${name} must be positive whole numbers, the window at most 1e12 ms; it is ${found}.`,
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
