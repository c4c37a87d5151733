import type { ModelProvider } from '../../ports/model.ts';
import { baseUrlOf, optionsOf, type ProviderSettings, requiredKey } from '../ai-sdk/provider-settings.ts';
import { createSdkProvider } from '../ai-sdk/sdk-provider.ts';

const name = 'google';

/** Gemini models of Google, through the Gemini API. */
export function createGoogleProvider(settings: ProviderSettings): ModelProvider {
  const key = requiredKey(name, settings);
  const baseURL = baseUrlOf(name, settings) ?? 'https://generativelanguage.googleapis.com/v1beta';
  optionsOf(name, settings, {});
  return createSdkProvider({
    name,
    settings,
    load: async () => {
      const { createGoogle } = await import('@ai-sdk/google');
      return (model, fetch) => createGoogle({ apiKey: key.reveal(), baseURL, fetch })(model);
    },
    names: { sdk: 'google', unbounded: ['cachedContent', 'continuationToken', 'serviceTier'], defaults: {} },
  });
}
