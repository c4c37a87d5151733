import fc from 'fast-check';
import type { DecimalPrice, DecimalPrices, FullUsage } from './rational-cost.ts';

const tokens = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 450_000 }), fc.integer({ min: 0, max: 2 ** 40 }));

/** Usage as a sound provider counts it: no part is more than its total. */
export const soundUsage: fc.Arbitrary<FullUsage> = fc
  .record({ plain: tokens, read: tokens, written: tokens, said: tokens, thought: tokens })
  .map(({ plain, read, written, said, thought }) => ({
    input_tokens: plain + read + written,
    output_tokens: said + thought,
    cache_read_tokens: read,
    cache_write_tokens: written,
    reasoning_tokens: thought,
  }));

/** Usage with parts that may exceed their totals. */
export const anyUsage: fc.Arbitrary<FullUsage> = fc.record({
  input_tokens: tokens,
  output_tokens: tokens,
  cache_read_tokens: tokens,
  cache_write_tokens: tokens,
  reasoning_tokens: tokens,
});

/** Prices of up to ten decimals, up to a million dollars, as many digits as a number can hold. */
const price: fc.Arbitrary<DecimalPrice> = fc
  .record({ units: fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 10n ** 9n)), decimals: fc.integer({ min: 3, max: 10 }) })
  .filter(({ units, decimals }) => units <= 10n ** 6n * 10n ** BigInt(decimals));

export const decimalPrices: fc.Arbitrary<DecimalPrices> = fc.record({
  input: price,
  output: price,
  cache_read: price,
  cache_write: price,
  reasoning: price,
});
