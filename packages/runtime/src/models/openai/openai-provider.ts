import type { ModelProvider } from '../../ports/model.ts';
import { baseUrlOf, optionsOf, type ProviderSettings, requiredKey } from '../ai-sdk/provider-settings.ts';
import { createSdkProvider } from '../ai-sdk/sdk-provider.ts';

const name = 'openai';

/** Models of OpenAI, through its Responses API, which knows neither `stop` nor `seed`. Nothing is stored there unless `store` says so. */
export function createOpenaiProvider(settings: ProviderSettings): ModelProvider {
  const key = requiredKey(name, settings);
  const baseURL = baseUrlOf(name, settings) ?? 'https://api.openai.com/v1';
  const { organization, project } = optionsOf(name, settings, { organization: 'string', project: 'string' });
  const account = { ...(organization === undefined ? {} : { organization }), ...(project === undefined ? {} : { project }) };
  return createSdkProvider({
    name,
    settings,
    load: async () => {
      const { createOpenAI } = await import('@ai-sdk/openai');
      return (model, fetch) => createOpenAI({ apiKey: key.reveal(), baseURL, fetch, ...account }).responses(model);
    },
    names: {
      sdk: 'openai',
      unbounded: ['conversation', 'previousResponseId', 'contextManagement', 'compactionTrigger', 'serviceTier'],
      defaults: { store: false, strictJsonSchema: false },
    },
  });
}
