import { expect, it } from 'vitest';
import type { RateLimit } from '../ports/rate-limiter.ts';
import { rateLimited, rateLimitHeaders } from './rate-limit-headers.ts';

const perMinute: RateLimit = { name: 'user', subject: 'acme/ada', limit: 10, windowMs: 60_000 };

it('GRD-3 tells in headers what is allowed, what remains and when that changes', () => {
  expect(rateLimitHeaders({ allowed: true, remaining: 4, resetMs: 12_001, limit: perMinute })).toEqual({
    'RateLimit-Limit': '10',
    'RateLimit-Remaining': '4',
    'RateLimit-Reset': '13',
  });
});

it('GRD-3 tells in headers when to come again, never too early', () => {
  const headers = (retryAfterMs: number) => rateLimitHeaders({ allowed: false, exceeded: perMinute, retryAfterMs });
  expect(headers(59_999)).toEqual({
    'RateLimit-Limit': '10',
    'RateLimit-Remaining': '0',
    'RateLimit-Reset': '60',
    'Retry-After': '60',
  });
  expect([1, 999, 1000, 1001].map((ms) => headers(ms)['Retry-After'])).toEqual(['1', '1', '1', '2']);
});

it('tells nothing in headers where nothing is limited', () => {
  expect(rateLimitHeaders({ allowed: true, remaining: Number.POSITIVE_INFINITY, resetMs: 0, limit: undefined })).toEqual({});
});

it('GRD-3 refuses with an error that names the limit, whose it is and when to come again', () => {
  const error = rateLimited({ allowed: false, exceeded: perMinute, retryAfterMs: 11_400 });
  expect(error.toFault()).toEqual({
    code: 'rate.limited',
    message: 'The limit of 10 per minute for user "acme/ada" is used up; come again in 12 s.',
    details: { name: 'user', limit: 10, subject: 'acme/ada', window_ms: 60_000, retry_after_ms: 11_400 },
  });
  expect(error.retryable).toBe(true);
});

it.each([
  [1000, 'per second'],
  [3_600_000, 'per hour'],
  [86_400_000, 'per day'],
  [300, 'in 300 ms'],
])('names a window of %i ms as people do: %s', (windowMs, words) => {
  const exceeded = { ...perMinute, windowMs };
  expect(rateLimited({ allowed: false, exceeded, retryAfterMs: 1 }).message).toContain(`of 10 ${words} for`);
});
