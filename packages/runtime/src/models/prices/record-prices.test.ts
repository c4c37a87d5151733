import { picoDollars } from '@espalier/core';
import { describe, expect, test } from 'vitest';
import { recordPrices } from './record-prices.ts';

describe('COG-3: a record of the snapshot', () => {
  test('prices may have tiers that begin at different lengths, in any order', () => {
    const tiers = [
      { start: 500, price: 9 },
      { start: 100, price: 4 },
    ];
    const prices = recordPrices('v', {
      input_mtok: { base: 1, tiers },
      output_mtok: { base: 10, tiers: [{ start: 300, price: 20 }] },
      cache_read_mtok: 0.5,
    });
    expect(prices?.perMillion).toMatchObject({ input: picoDollars(1), output: picoDollars(10), cacheRead: picoDollars('0.5') });
    expect(prices?.perMillion.tiers.map(({ aboveInput, input, output }) => [aboveInput, input, output])).toEqual([
      [100, picoDollars(4), picoDollars(10)],
      [300, picoDollars(4), picoDollars(20)],
      [500, picoDollars(9), picoDollars(20)],
    ]);
  });

  test('what has no price of its own is billed as the whole that it is part of, in its tier too', () => {
    const prices = recordPrices('v', { input_mtok: { base: 1, tiers: [{ start: 100, price: 4 }] }, output_mtok: 10 });
    const [tier] = prices?.perMillion.tiers ?? [];
    expect(tier).toMatchObject({ cacheRead: picoDollars(4), cacheWrite: picoDollars(4), reasoning: picoDollars(10) });
  });

  test('reasoning with a price of its own is billed at it', () => {
    const prices = recordPrices('v', { input_mtok: 1, output_mtok: 2, output_reasoning_mtok: 3 });
    expect(prices?.costOf({ input_tokens: 0, output_tokens: 10, reasoning_tokens: 4 })).toBe(picoDollars('0.000024'));
  });

  test('a float that is no sum of powers of two is taken as it is written', () => {
    const prices = recordPrices('v', { input_mtok: 0.1, output_mtok: 0.3 });
    expect(prices?.costOf({ input_tokens: 3, output_tokens: 1 })).toBe(600_000n);
  });

  test.each([
    ['nothing', {}],
    ['input alone', { input_mtok: 1 }],
    ['input for nothing', { input_mtok: 0, output_mtok: 2 }],
    ['output for nothing', { input_mtok: 1, output_mtok: 0 }],
    ['output of images', { input_mtok: 1, output_mtok: 2, output_image_mtok: 30 }],
    ['a fee for every request', { input_mtok: 1, output_mtok: 2, requests_kcount: 5 }],
  ])('with %s it is no price', (_what, record) => {
    expect(recordPrices('v', record)).toBeUndefined();
  });
});
