import { createRequire } from 'node:module';
import type { Deployment } from '@espalier/core';
import type { PriceList } from './price-list.ts';
import { recordPrices } from './record-prices.ts';

/** The installed table; a test holds it against the package. */
const version = 'genai-prices 0.1.8';

/** What the snapshot calls those of our providers whose prices are published. A server of one's own has none. */
const snapshotNames: Partial<Record<Deployment['provider'], string>> = {
  anthropic: 'anthropic',
  openai: 'openai',
  azure: 'azure',
  google: 'google',
};

/**
 * The published prices of a model as they are at `at`: those of another day may differ.
 * @returns undefined if the snapshot does not know the model, or tokens of text alone do not make up its price. Such a model needs a
 *   declared one.
 */
export function snapshotPrices(provider: Deployment['provider'], model: string, at: Date = new Date()): PriceList | undefined {
  const providerId = snapshotNames[provider];
  if (providerId === undefined) return undefined;
  // Without tokens: only the record is wanted, for the totals of the package are sums of floats.
  const found = loadSnapshot().calcPrice({}, model, { providerId, timestamp: at });
  return found ? recordPrices(version, found.model_price) : undefined;
}

/** Loaded when first asked for: half a megabyte of data, about 21 ms, that an offline run has no use for. */
function loadSnapshot(): typeof import('@pydantic/genai-prices') {
  return createRequire(import.meta.url)('@pydantic/genai-prices');
}
