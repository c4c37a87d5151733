import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { isJsonObject } from '@espalier/core';
import type { ModelProvider, ModelRequest } from '../../ports/model.ts';
import { baseUrlOf, optionsOf, type ProviderSettings, requiredKey } from '../ai-sdk/provider-settings.ts';
import { createSdkProvider } from '../ai-sdk/sdk-provider.ts';

const name = 'anthropic';
/** What the SDK lets a model think when it is told to, but not how much. */
const defaultThinkingTokens = 1024;

/** Models of Anthropic, through its Messages API. */
export function createAnthropicProvider(settings: ProviderSettings): ModelProvider {
  const key = requiredKey(name, settings);
  const baseURL = baseUrlOf(name, settings) ?? 'https://api.anthropic.com/v1';
  optionsOf(name, settings, {});
  return createSdkProvider({
    name,
    settings,
    load: async () => {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return (model, fetch) => createAnthropic({ apiKey: key.reveal(), baseURL, fetch })(model);
    },
    names: {
      sdk: 'anthropic',
      unbounded: ['fallbacks', 'mcpServers', 'container', 'thread', 'compaction', 'contextManagement', 'speed', 'inferenceGeo'],
      defaults: {},
    },
    adapt: withThinking,
  });
}

/**
 * The SDK adds the budget for thinking to the bound on the output; here it is part of it. Once tools were called there is no thinking: the
 * API wants to be sent the thoughts that led to the call, which the port does not keep.
 */
function withThinking(options: LanguageModelV4CallOptions, { messages }: ModelRequest): LanguageModelV4CallOptions {
  const { thinking, ...others } = options.providerOptions?.anthropic ?? {};
  if (!isJsonObject(thinking) || thinking.type !== 'enabled') return options;
  const calledTools = messages.some((message) => message.role === 'assistant' && (message.tool_calls ?? []).length > 0);
  if (calledTools) return { ...options, providerOptions: { anthropic: others } };
  const budget = typeof thinking.budgetTokens === 'number' ? thinking.budgetTokens : defaultThinkingTokens;
  return { ...options, maxOutputTokens: (options.maxOutputTokens ?? 0) - budget };
}
