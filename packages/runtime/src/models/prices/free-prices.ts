import { createPriceList, type PriceList } from './price-list.ts';

/** For providers that cost nothing, such as the offline one and cassettes. Never for a model whose price is not known. */
export const freePrices: PriceList = createPriceList('free', { input: 0n, output: 0n, cacheRead: 0n, cacheWrite: 0n, reasoning: 0n });
