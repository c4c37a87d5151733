import { usdText } from '@espalier/core';

/** An amount of pico-dollars for machines, and for people. */
export function amountJson(amount: bigint): { pico_dollars: string; usd: string } {
  return { pico_dollars: String(amount), usd: usdText(amount) };
}
