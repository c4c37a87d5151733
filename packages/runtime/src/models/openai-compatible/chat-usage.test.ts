import { describe, expect, it } from 'vitest';
import { tokenUsageOf } from '../ai-sdk/token-usage.ts';
import { chatUsage } from './chat-usage.ts';

describe('COG-3: usage of servers that speak Chat Completions', () => {
  it.each<[string, object | null, object | undefined]>([
    [
      'OpenAI counts reasoning in the completion',
      { prompt_tokens: 9, completion_tokens: 8, total_tokens: 17, completion_tokens_details: { reasoning_tokens: 5 } },
      { input_tokens: 9, output_tokens: 8, reasoning_tokens: 5 },
    ],
    [
      'xAI counts it beside the completion',
      { prompt_tokens: 9, completion_tokens: 8, total_tokens: 22, completion_tokens_details: { reasoning_tokens: 5 } },
      { input_tokens: 9, output_tokens: 13, reasoning_tokens: 5 },
    ],
    [
      'DeepSeek counts reads of the cache at the top',
      { prompt_tokens: 9, completion_tokens: 8, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5 },
      { input_tokens: 9, output_tokens: 8, cache_read_tokens: 4, reasoning_tokens: 0 },
    ],
    [
      'OpenRouter counts writes to the cache',
      { prompt_tokens: 9, completion_tokens: 8, prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 } },
      { input_tokens: 9, output_tokens: 8, cache_read_tokens: 2, cache_write_tokens: 3, reasoning_tokens: 0 },
    ],
    ['a count is missing', { prompt_tokens: 9 }, undefined],
    ['a count is text', { prompt_tokens: '9', completion_tokens: 8 }, undefined],
    ['a count is below nothing', { prompt_tokens: 9, completion_tokens: -1 }, undefined],
    [
      'more was thought than said in all',
      { prompt_tokens: 9, completion_tokens: 3, completion_tokens_details: { reasoning_tokens: 5 } },
      undefined,
    ],
    ['there is none', null, undefined],
  ])('%s', (_, usage, counted) => {
    expect(tokenUsageOf(chatUsage(usage))).toEqual(counted);
  });
});
