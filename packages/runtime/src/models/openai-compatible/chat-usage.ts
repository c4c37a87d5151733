import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import { isJsonObject, type JsonObject } from '@espalier/core';

/**
 * Usage of Chat Completions as servers tell it. Some (xAI) leave the tokens of reasoning out of `completion_tokens`, which their total gives
 * away; some (DeepSeek) count reads of the cache beside the usual place; some (OpenRouter) count writes to it.
 */
export function chatUsage(usage: object | null | undefined): LanguageModelV4Usage {
  const raw: JsonObject = isJsonObject(usage) ? usage : {};
  const prompt = countIn(raw, 'prompt_tokens');
  const completion = countIn(raw, 'completion_tokens');
  const reasoning = countIn(raw.completion_tokens_details, 'reasoning_tokens') ?? 0;
  const apart = reasoning > 0 && countIn(raw, 'total_tokens') === (prompt ?? 0) + (completion ?? 0) + reasoning;
  const read = countIn(raw.prompt_tokens_details, 'cached_tokens') ?? countIn(raw, 'prompt_cache_hit_tokens');
  const written = countIn(raw.prompt_tokens_details, 'cache_write_tokens');
  return {
    inputTokens: { total: prompt, noCache: undefined, cacheRead: read, cacheWrite: written },
    outputTokens: { total: completion === undefined ? undefined : completion + (apart ? reasoning : 0), text: undefined, reasoning },
    raw,
  };
}

function countIn(value: unknown, name: string): number | undefined {
  const count = isJsonObject(value) ? value[name] : undefined;
  return typeof count === 'number' ? count : undefined;
}
