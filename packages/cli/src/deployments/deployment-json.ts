import type { JsonObject } from '@espalier/core';
import type { DeploymentReport } from '@espalier/platform';
import { amountJson } from '../amount-json.ts';
import { shownAddress } from './checks.ts';

type Prices = NonNullable<DeploymentReport['prices']>;
type Rates = Pick<Prices['perMillion'], 'input' | 'cacheRead' | 'cacheWrite' | 'output' | 'reasoning'>;

/** A deployment for machines. */
export function deploymentJson({ candidate, usedAs, prices, state, fault }: DeploymentReport): JsonObject {
  const { id, provider, model, baseUrl } = candidate;
  return {
    id,
    provider,
    model,
    base_url: baseUrl === undefined ? null : shownAddress(baseUrl),
    used_as: [...usedAs],
    ready: fault === undefined && state === 'closed',
    fault: fault ? { code: fault.code, message: fault.message } : null,
    prices: prices ? pricesJson(prices) : null,
  };
}

/** Prices per million tokens, and the table that they are from. */
export function pricesJson({ version, perMillion: { tiers, ...rates } }: Prices): JsonObject {
  const dearer = tiers.map(({ aboveInput, ...above }) => ({ above_input_tokens: aboveInput, ...ratesJson(above) }));
  return { table: version, per_million: { ...ratesJson(rates), tiers: dearer } };
}

function ratesJson({ input, cacheRead, cacheWrite, output, reasoning }: Rates): JsonObject {
  const rates = { input, cache_read: cacheRead, cache_write: cacheWrite, output, reasoning };
  return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, amountJson(rate)]));
}
