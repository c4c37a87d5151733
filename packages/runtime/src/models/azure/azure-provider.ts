import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { isJsonObject } from '@espalier/core';
import type { ModelProvider } from '../../ports/model.ts';
import { baseUrlOf, optionsOf, type ProviderSettings, requiredKey, unconfigured } from '../ai-sdk/provider-settings.ts';
import { createSdkProvider } from '../ai-sdk/sdk-provider.ts';

const name = 'azure';

/**
 * Deployments of OpenAI's models at Azure, through Chat Completions; a model is the name of a deployment there. A dated `api_version`
 * addresses it by its path, `v1` and `preview` by its name in the request.
 */
export function createAzureProvider(settings: ProviderSettings): ModelProvider {
  const { api_version: apiVersion, ...where } = optionsOf(name, settings, { api_version: 'string', resource_name: 'string' });
  const baseURL = endpointOf(settings, where.resource_name);
  if (baseURL === undefined || apiVersion === undefined) {
    throw unconfigured('The provider azure needs base_url or options.resource_name, and options.api_version, such as 2024-10-21 or v1.');
  }
  const key = requiredKey(name, settings);
  const useDeploymentBasedUrls = /^\d{4}-/.test(apiVersion);
  return createSdkProvider({
    name,
    settings,
    load: async () => {
      const { createAzure } = await import('@ai-sdk/azure');
      return (model, fetch) => createAzure({ apiKey: key.reveal(), baseURL, apiVersion, useDeploymentBasedUrls, fetch }).chat(model);
    },
    names: {
      sdk: 'openai',
      unbounded: ['maxCompletionTokens', 'serviceTier'],
      defaults: { strictJsonSchema: false },
    },
    adapt: withBound,
    refusalIn,
  });
}

/** The address of a resource as Azure's portal shows it, without a path, stands for that of its OpenAI service. */
function endpointOf(settings: ProviderSettings, resourceName: string | undefined): string | undefined {
  const baseUrl = baseUrlOf(name, settings);
  if (baseUrl !== undefined) return new URL(baseUrl).pathname === '/' ? `${baseUrl}/openai` : baseUrl;
  if (resourceName === undefined) return undefined;
  if (/^[a-z0-9-]{1,63}$/i.test(resourceName)) return `https://${resourceName}.openai.azure.com/openai`;
  throw unconfigured(
    'Expected options.resource_name of the provider azure to be letters, digits and hyphens; for an address use base_url.',
  );
}

/** A deployment's name does not tell whether its model thinks, and one that does takes no `max_tokens`; all take `max_completion_tokens`. */
function withBound({ maxOutputTokens, ...options }: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  const bounded = {
    ...options.providerOptions?.openai,
    ...(maxOutputTokens === undefined ? {} : { maxCompletionTokens: maxOutputTokens }),
  };
  return { ...options, providerOptions: { openai: bounded } };
}

/** `choices[0].message.refusal` of an answer, `choices[0].delta.refusal` of a piece. The SDK's package for Azure drops both. */
function refusalIn(raw: unknown): string {
  const choice: unknown = isJsonObject(raw) && Array.isArray(raw.choices) ? raw.choices[0] : undefined;
  const said = isJsonObject(choice) ? (choice.message ?? choice.delta) : undefined;
  return isJsonObject(said) && typeof said.refusal === 'string' ? said.refusal : '';
}
