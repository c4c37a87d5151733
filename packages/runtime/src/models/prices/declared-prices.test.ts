import { picoDollars } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declaredPrices } from './declared-prices.ts';
import { freePrices } from './free-prices.ts';
import { anyUsage, decimalPrices } from './testing/random-usage.ts';
import { asNumber, rationalCost } from './testing/rational-cost.ts';

describe('COG-3: declared prices', () => {
  test('the cost is that of exact fractions, to the pico-dollar, for every price and usage', () => {
    fc.assert(
      fc.property(decimalPrices, anyUsage, (exact, usage) => {
        const prices = declaredPrices({
          input: asNumber(exact.input),
          output: asNumber(exact.output),
          cache_read: asNumber(exact.cache_read),
          cache_write: asNumber(exact.cache_write),
          reasoning: asNumber(exact.reasoning),
        });
        expect(prices.costOf(usage)).toBe(rationalCost(exact, usage));
      }),
      { numRuns: 3000 },
    );
  });

  test('where floats drift, it does not', () => {
    expect((3 * 0.1) / 1e6).not.toBe(3e-7);
    expect(declaredPrices({ input: 0.1, output: 0.7 }).costOf({ input_tokens: 3, output_tokens: 0 })).toBe(picoDollars(3e-7));
  });

  test('cached input costs as other input and reasoning as other output, unless declared', () => {
    const prices = declaredPrices({ input: 2, output: 8 });
    const plain = prices.costOf({ input_tokens: 1000, output_tokens: 500 });
    expect(
      prices.costOf({ input_tokens: 1000, output_tokens: 500, cache_read_tokens: 400, cache_write_tokens: 600, reasoning_tokens: 500 }),
    ).toBe(plain);
    expect(prices.version).toBe('declared');
    expect(prices.perMillion).toEqual({
      input: picoDollars(2),
      output: picoDollars(8),
      cacheRead: picoDollars(2),
      cacheWrite: picoDollars(2),
      reasoning: picoDollars(8),
      tiers: [],
    });
  });

  test('a price of zero is taken at its word: it was declared', () => {
    expect(declaredPrices({ input: 0, output: 0 }).costOf({ input_tokens: 10, output_tokens: 10 })).toBe(0n);
  });
});

test('providers that cost nothing cost nothing, and say so', () => {
  expect(freePrices.version).toBe('free');
  fc.assert(fc.property(anyUsage, (usage) => freePrices.costOf(usage) === 0n));
  expect(freePrices.boundOf({ input: 10 ** 9, output: 10 ** 9 })).toBe(0n);
});
