import type { ModelProvider } from '../../ports/model.ts';
import { baseUrlOf, optionsOf, type ProviderSettings, unconfigured } from '../ai-sdk/provider-settings.ts';
import { createSdkProvider } from '../ai-sdk/sdk-provider.ts';
import { chatUsage } from './chat-usage.ts';

const name = 'openai-compatible';

/**
 * Any server that speaks OpenAI's Chat Completions: vLLM, Ollama, OpenRouter, … The key is optional, for servers of one's own. Settings that
 * the SDK does not know are sent as they are.
 */
export function createOpenaiCompatibleProvider(settings: ProviderSettings): ModelProvider {
  const baseURL = baseUrlOf(name, settings);
  if (baseURL === undefined) throw unconfigured(`The provider ${name} needs base_url: the address before /chat/completions.`);
  const { structured_outputs: supportsStructuredOutputs = true } = optionsOf(name, settings, { structured_outputs: 'boolean' });
  const { apiKey } = settings;
  const server = { name, baseURL, supportsStructuredOutputs, includeUsage: true, convertUsage: chatUsage };
  return createSdkProvider({
    name,
    settings,
    load: async () => {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return (model, fetch) =>
        createOpenAICompatible({ ...server, fetch, ...(apiKey === undefined ? {} : { apiKey: apiKey.reveal() }) }).chatModel(model);
    },
    names: {
      sdk: 'openaiCompatible',
      unbounded: [
        'max_tokens',
        'max_completion_tokens',
        'n',
        'best_of',
        'model',
        'messages',
        'tools',
        'stream',
        'stream_options',
        'service_tier',
      ],
      defaults: { strictJsonSchema: false },
    },
  });
}
