import { picoDollars } from '@espalier/core';
import type { ModelPrice } from '@pydantic/genai-prices';
import { createPriceList, type PriceList, type Rates } from './price-list.ts';

/** Fees that a count of tokens does not tell: for output that is not text, and per request. */
const billedApart = /^(output_(audio|image|video)|requests)_/;

/**
 * The prices of a model from its record in the snapshot, as decimals are written there.
 * @returns undefined if input or output of text has no price above zero, or something else than tokens of text is always billed too.
 */
export function recordPrices(version: string, record: ModelPrice): PriceList | undefined {
  if (Object.keys(record).some((key) => billedApart.test(key))) return undefined;
  const base = ratesAbove(record, -1);
  if (!base || base.input === 0n || base.output === 0n) return undefined;
  const tiers = tierStarts(record).map((start) => ({ ...base, ...ratesAbove(record, start), aboveInput: start }));
  return createPriceList(version, base, tiers);
}

/** The rates of requests with more than `start` tokens of input. What has no price of its own is billed as the whole that it is part of. */
function ratesAbove(record: ModelPrice, start: number): Rates | undefined {
  const rate = (key: string) => rateAbove(record[key], start);
  const input = rate('input_mtok');
  const output = rate('output_mtok');
  if (input === undefined || output === undefined) return undefined;
  return {
    input,
    output,
    cacheRead: rate('cache_read_mtok') ?? input,
    cacheWrite: rate('cache_write_mtok') ?? input,
    reasoning: rate('output_reasoning_mtok') ?? output,
  };
}

function rateAbove(price: ModelPrice[string], start: number): bigint | undefined {
  if (price === undefined) return undefined;
  if (typeof price === 'number') return picoDollars(price);
  const reached = price.tiers.filter((tier) => tier.start <= start).toSorted((left, right) => left.start - right.start);
  return picoDollars(reached.at(-1)?.price ?? price.base);
}

function tierStarts(record: ModelPrice): number[] {
  const tiers = Object.values(record).flatMap((price) => (typeof price === 'object' ? price.tiers : []));
  return [...new Set(tiers.map(({ start }) => start))];
}
