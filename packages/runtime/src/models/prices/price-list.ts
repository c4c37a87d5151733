import type { TokenUsage } from '@espalier/core';

/** Pico-dollars per million tokens, by how a token is billed. */
export interface Rates {
  /** Of input that is neither read from the provider's cache nor written to it. */
  readonly input: bigint;
  readonly output: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  /** Of the output that is thought and not said. */
  readonly reasoning: bigint;
}

/** The rates of a whole request, output too, whose input is more than `aboveInput` tokens. */
export interface PriceTier extends Rates {
  readonly aboveInput: number;
}

/** What the tokens of one model cost. */
export interface PriceList {
  /** Which table of prices this is from: kept with every cost that it gave. */
  readonly version: string;
  /** The cost in pico-dollars. Parts that exceed their total are billed as they are: the total was too low then. */
  costOf(usage: TokenUsage): bigint;
  /**
   * The most that so many tokens can cost, or fewer, however they are cached or thought. Holds for every usage whose parts do not
   * exceed its totals.
   */
  boundOf(most: { input: number; output: number }): bigint;
  /** For people; `tiers` by rising `aboveInput`, empty where the price does not depend on the length. */
  readonly perMillion: Rates & { readonly tiers: readonly PriceTier[] };
}

const perMillionTokens = 10n ** 6n;

/** Prices of one model; `tiers` in any order. */
export function createPriceList(version: string, rates: Rates, tiers: readonly PriceTier[] = []): PriceList {
  const rising = tiers.toSorted((left, right) => left.aboveInput - right.aboveInput);
  const bands: readonly PriceTier[] = [{ ...rates, aboveInput: -1 }, ...rising];
  return {
    version,
    costOf: (usage) => costAt(rates, rising, usage),
    boundOf: ({ input, output }) => {
      const reached = bands.filter(({ aboveInput }) => input > aboveInput);
      return reached.map((band) => dearest(band, input, output)).reduce(larger, 0n);
    },
    perMillion: { ...rates, tiers: rising },
  };
}

function costAt(rates: Rates, rising: readonly PriceTier[], usage: TokenUsage): bigint {
  const cacheRead = usage.cache_read_tokens ?? 0;
  const cacheWrite = usage.cache_write_tokens ?? 0;
  const reasoning = usage.reasoning_tokens ?? 0;
  const input = Math.max(usage.input_tokens, cacheRead + cacheWrite);
  const band = rising.findLast(({ aboveInput }) => input > aboveInput) ?? rates;
  return dollars(
    BigInt(input - cacheRead - cacheWrite) * band.input +
      BigInt(cacheRead) * band.cacheRead +
      BigInt(cacheWrite) * band.cacheWrite +
      BigInt(Math.max(usage.output_tokens - reasoning, 0)) * band.output +
      BigInt(reasoning) * band.reasoning,
  );
}

function dearest(band: Rates, input: number, output: number): bigint {
  const ofInput = [band.input, band.cacheRead, band.cacheWrite].reduce(larger);
  return dollars(BigInt(input) * ofInput + BigInt(output) * larger(band.output, band.reasoning));
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

/** Tokens times their rates as pico-dollars, rounded up once for the whole request: prices of up to six decimals leave no remainder. */
function dollars(millionfold: bigint): bigint {
  return (millionfold + perMillionTokens - 1n) / perMillionTokens;
}
