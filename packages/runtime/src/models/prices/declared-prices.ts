import { type PriceManifest, picoDollars } from '@espalier/core';
import { createPriceList, type PriceList } from './price-list.ts';

/**
 * The prices that a deployment declares in models.yaml. Unless declared, cached input costs as other input does, and reasoning as other
 * output.
 */
export function declaredPrices(price: PriceManifest): PriceList {
  return createPriceList('declared', {
    input: picoDollars(price.input),
    output: picoDollars(price.output),
    cacheRead: picoDollars(price.cache_read ?? price.input),
    cacheWrite: picoDollars(price.cache_write ?? price.input),
    reasoning: picoDollars(price.reasoning ?? price.output),
  });
}
