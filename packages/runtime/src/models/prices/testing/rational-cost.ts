import type { TokenUsage } from '@espalier/core';

/** Usage with every part counted. */
export type FullUsage = Record<keyof TokenUsage, number>;

/** A price as a fraction: `units / 10^decimals` dollars per million tokens. */
export interface DecimalPrice {
  units: bigint;
  decimals: number;
}

/** The same price as a person would write it in a manifest. */
export function asNumber({ units, decimals }: DecimalPrice): number {
  return Number(`${units}e-${decimals}`);
}

/** Prices of one model, all of them known. */
export interface DecimalPrices {
  input: DecimalPrice;
  output: DecimalPrice;
  cache_read: DecimalPrice;
  cache_write: DecimalPrice;
  reasoning: DecimalPrice;
}

/** The cost in pico-dollars, over one common denominator and rounded up at the very end: another way than that of the code under test. */
export function rationalCost(prices: DecimalPrices, usage: FullUsage): bigint {
  const { input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens } = usage;
  const terms: [number, DecimalPrice][] = [
    [Math.max(0, input_tokens - cache_read_tokens - cache_write_tokens), prices.input],
    [cache_read_tokens, prices.cache_read],
    [cache_write_tokens, prices.cache_write],
    [Math.max(0, output_tokens - reasoning_tokens), prices.output],
    [reasoning_tokens, prices.reasoning],
  ];
  const denominator = 10n ** BigInt(Math.max(...terms.map(([, price]) => price.decimals)));
  const numerator = terms
    .map(([tokens, { units, decimals }]) => BigInt(tokens) * units * (denominator / 10n ** BigInt(decimals)))
    .reduce((left, right) => left + right);
  const scaled = numerator * 10n ** 6n; // 10^12 pico-dollars for every million tokens
  return scaled % denominator === 0n ? scaled / denominator : scaled / denominator + 1n;
}
