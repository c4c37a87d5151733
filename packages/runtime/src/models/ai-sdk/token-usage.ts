import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { TokenUsage } from '@espalier/core';

/** What providers call the counts of input and output. Google leaves out an output of 0. */
const countNames = [['input_tokens', 'output_tokens'], ['prompt_tokens', 'completion_tokens'], ['promptTokenCount']] as const;

/**
 * Tokens as the provider counted them; undefined if it did not, or if the counts do not add up. The SDK takes a missing count for 0, so
 * that its raw form is asked first.
 */
export function tokenUsageOf({ inputTokens, outputTokens, raw = {} }: LanguageModelV4Usage): TokenUsage | undefined {
  if (!countNames.some((names) => names.every((name) => isCount(raw[name])))) return undefined;
  const parts = {
    ...part('cache_read_tokens', inputTokens.cacheRead),
    ...part('cache_write_tokens', inputTokens.cacheWrite),
    ...part('reasoning_tokens', outputTokens.reasoning),
  };
  const [input, output] = [inputTokens.total, outputTokens.total];
  if (!isCount(input) || !isCount(output) || !Object.values(parts).every(isCount)) return undefined;
  const { cache_read_tokens: read = 0, cache_write_tokens: written = 0, reasoning_tokens: reasoning = 0 } = parts;
  return read + written > input || reasoning > output ? undefined : { input_tokens: input, output_tokens: output, ...parts };
}

function part<K extends string>(name: K, count: number | undefined): { [key in K]?: number } {
  return count === undefined ? {} : ({ [name]: count } as { [key in K]: number });
}

/** No request has more tokens: larger counts are a mistake of the server, and would burst the books. */
const mostTokens = 10_000_000;

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= mostTokens;
}
