import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { picoDollars, usdText } from './pico-dollars.ts';

describe('COG-3 pico-dollars', () => {
  it.each<[number | string, bigint]>([
    [0, 0n],
    [2, 2_000_000_000_000n],
    [0.1, 100_000_000_000n],
    [0.3, 300_000_000_000n],
    [1e-7, 100_000n],
    [1.5e-7, 150_000n],
    [0.0000000000004, 1n],
    ['0.000000000001', 1n],
    ['0.0000000000011', 2n],
    ['12.34', 12_340_000_000_000n],
  ])('%s dollars are %s', (usd, expected) => {
    expect(picoDollars(usd)).toBe(expected);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e30, '', '-2', '1e3', '1,5'])('%s is no amount', (usd) => {
    expect(() => picoDollars(usd)).toThrow(RangeError);
  });

  it('takes every price in micro-dollars as it is written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2_000_000_000 }), (micro) => {
        expect(picoDollars(micro / 1_000_000)).toBe(BigInt(micro) * 1_000_000n);
      }),
    );
  });

  it.each<[bigint, string]>([
    [0n, '$0.00'],
    [2_000_000_000_000n, '$2.00'],
    [4_213_000_000n, '$0.004213'],
    [4_213_499_999n, '$0.004213'],
    [4_213_500_000n, '$0.004214'],
    [1_200_000_000_000n, '$1.20'],
    [999_999_900_000n, '$1.00'],
  ])('%s is shown as %s', (amount, text) => {
    expect(usdText(amount)).toBe(text);
  });
});
