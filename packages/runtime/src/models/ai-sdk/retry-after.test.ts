import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const noon = Date.parse('2026-10-21T12:00:00Z');

describe('how long a provider asks to be left alone', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': 'Wed, 21 Oct 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 21 Oct 2026 11:00:00 GMT' }, 0],
    // The provider's clock is an hour ahead.
    [{ date: 'Wed, 21 Oct 2026 13:00:00 GMT', 'retry-after': 'Wed, 21 Oct 2026 13:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after-ms': '250.2', 'retry-after': '9' }, 251],
    [{ 'x-ms-retry-after-ms': '700' }, 700],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9000],
  ])('%j is %j ms', (headers, delay) => {
    expect(retryAfterMs(new Headers(headers), noon)).toBe(delay);
  });
});
