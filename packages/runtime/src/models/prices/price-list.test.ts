import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPriceList, type PriceTier, type Rates } from './price-list.ts';
import { anyUsage, soundUsage } from './testing/random-usage.ts';

const perMillion = (dollars: number) => BigInt(dollars) * 10n ** 12n;
const rates: Rates = {
  input: perMillion(2),
  output: perMillion(10),
  cacheRead: perMillion(1),
  cacheWrite: perMillion(3),
  reasoning: perMillion(20),
};
const dear: PriceTier = {
  aboveInput: 200_000,
  input: perMillion(4),
  output: perMillion(15),
  cacheRead: perMillion(2),
  cacheWrite: perMillion(6),
  reasoning: perMillion(30),
};
const million = 1_000_000;

const randomRates = fc.record({
  input: fc.bigInt(0n, 10n ** 14n),
  output: fc.bigInt(0n, 10n ** 14n),
  cacheRead: fc.bigInt(0n, 10n ** 14n),
  cacheWrite: fc.bigInt(0n, 10n ** 14n),
  reasoning: fc.bigInt(0n, 10n ** 14n),
});
const randomTiers = fc.array(
  fc.tuple(randomRates, fc.integer({ min: 0, max: 500_000 })).map(([tier, aboveInput]) => ({ ...tier, aboveInput })),
  { maxLength: 4 },
);

describe('COG-3: what tokens cost', () => {
  test('every part is billed at its own rate, and none twice', () => {
    const prices = createPriceList('t', rates);
    expect(prices.costOf({ input_tokens: million, output_tokens: 0 })).toBe(perMillion(2));
    expect(prices.costOf({ input_tokens: million, output_tokens: 0, cache_read_tokens: million })).toBe(perMillion(1));
    expect(prices.costOf({ input_tokens: 3 * million, output_tokens: 0, cache_read_tokens: million, cache_write_tokens: million })).toBe(
      perMillion(2 + 1 + 3),
    );
    expect(prices.costOf({ input_tokens: 0, output_tokens: 3 * million, reasoning_tokens: million })).toBe(perMillion(20 + 20));
  });

  test('parts that exceed their total are billed as they are', () => {
    const prices = createPriceList('t', rates);
    const usage = { input_tokens: 5, output_tokens: 1, cache_read_tokens: million, cache_write_tokens: million, reasoning_tokens: million };
    expect(prices.costOf(usage)).toBe(perMillion(1 + 3 + 20));
  });

  test('a tier prices the whole request, output too, from the first token above its start', () => {
    const prices = createPriceList('t', rates, [dear]);
    expect(prices.costOf({ input_tokens: 200_000, output_tokens: million })).toBe(perMillion(10) + perMillion(2) / 5n);
    expect(prices.costOf({ input_tokens: 200_001, output_tokens: million })).toBe(perMillion(15) + 200_001n * 4_000_000n);
  });

  test('parts above the total decide the tier', () => {
    const prices = createPriceList('t', rates, [dear]);
    expect(prices.costOf({ input_tokens: 10, output_tokens: 0, cache_read_tokens: 200_001 })).toBe(200_001n * 2_000_000n);
  });

  test('less than a pico-dollar is rounded up, once for the whole request', () => {
    const tiny = createPriceList('t', { ...rates, input: 300_000n, output: 300_000n });
    expect(tiny.costOf({ input_tokens: 1, output_tokens: 1 })).toBe(1n);
    expect(tiny.costOf({ input_tokens: 10, output_tokens: 0 })).toBe(3n);
    expect(tiny.costOf({ input_tokens: 0, output_tokens: 0 })).toBe(0n);
  });

  test('tiers may be given in any order and are shown by rising length', () => {
    const dearer = { ...dear, aboveInput: 500_000, input: perMillion(8) };
    const prices = createPriceList('t', rates, [dearer, dear]);
    expect(prices.perMillion.tiers.map(({ aboveInput }) => aboveInput)).toEqual([200_000, 500_000]);
    expect(prices.costOf({ input_tokens: 600_000, output_tokens: 0 })).toBe(600_000n * 8_000_000n);
    expect(prices.costOf({ input_tokens: 400_000, output_tokens: 0 })).toBe(400_000n * 4_000_000n);
  });
});

describe('S21: the bound', () => {
  test('no usage of as many tokens costs more, in whatever tier and however it is split', () => {
    fc.assert(
      fc.property(randomRates, randomTiers, soundUsage, (base, tiers, usage) => {
        const prices = createPriceList('t', base, tiers);
        expect(prices.costOf(usage) <= prices.boundOf({ input: usage.input_tokens, output: usage.output_tokens })).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('nor does one of fewer tokens, even where more tokens are cheaper', () => {
    fc.assert(
      fc.property(randomRates, randomTiers, soundUsage, fc.nat(500_000), fc.nat(500_000), (base, tiers, usage, moreIn, moreOut) => {
        const prices = createPriceList('t', base, tiers);
        const most = { input: usage.input_tokens + moreIn, output: usage.output_tokens + moreOut };
        expect(prices.costOf(usage) <= prices.boundOf(most)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('parts above their total are bounded by what they add up to', () => {
    fc.assert(
      fc.property(randomRates, randomTiers, anyUsage, (base, tiers, usage) => {
        const prices = createPriceList('t', base, tiers);
        const input = Math.max(usage.input_tokens, usage.cache_read_tokens + usage.cache_write_tokens);
        const output = Math.max(usage.output_tokens, usage.reasoning_tokens);
        expect(prices.costOf(usage) <= prices.boundOf({ input, output })).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('it is reached: some split of the tokens costs exactly as much', () => {
    const prices = createPriceList('t', rates, [dear]);
    expect(prices.boundOf({ input: 100, output: 50 })).toBe(
      prices.costOf({ input_tokens: 100, output_tokens: 50, cache_write_tokens: 100, reasoning_tokens: 50 }),
    );
    expect(prices.boundOf({ input: 300_000, output: 50 })).toBe(
      prices.costOf({ input_tokens: 300_000, output_tokens: 50, cache_write_tokens: 300_000, reasoning_tokens: 50 }),
    );
  });

  test('a tier that cannot be reached does not raise it', () => {
    expect(createPriceList('t', rates, [dear]).boundOf({ input: 200_000, output: 9 })).toBe(
      createPriceList('t', rates).boundOf({ input: 200_000, output: 9 }),
    );
  });
});
