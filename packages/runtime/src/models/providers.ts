import type { Deployment } from '@espalier/core';
import type { ModelProvider } from '../ports/model.ts';
import type { ProviderSettings } from './ai-sdk/provider-settings.ts';

/** The providers that there are adapters for. */
export const providerNames = ['anthropic', 'openai', 'azure', 'google', 'openai-compatible'] as const satisfies Deployment['provider'][];
export type ProviderName = (typeof providerNames)[number];

export function isProviderName(name: string): name is ProviderName {
  return providerNames.some((known) => known === name);
}

/** Imported when they are asked for. */
const factories: Readonly<Record<ProviderName, () => Promise<(settings: ProviderSettings) => ModelProvider>>> = {
  anthropic: async () => (await import('./anthropic/anthropic-provider.ts')).createAnthropicProvider,
  openai: async () => (await import('./openai/openai-provider.ts')).createOpenaiProvider,
  azure: async () => (await import('./azure/azure-provider.ts')).createAzureProvider,
  google: async () => (await import('./google/google-provider.ts')).createGoogleProvider,
  'openai-compatible': async () => (await import('./openai-compatible/openai-compatible-provider.ts')).createOpenaiCompatibleProvider,
};

/**
 * The adapter of a provider. Nothing is sent before its first request.
 * @throws EspalierError `model.unconfigured` for a setting that it needs; `input.invalid` for one that it cannot use.
 */
export async function createProvider(name: ProviderName, settings: ProviderSettings): Promise<ModelProvider> {
  const create = await factories[name]();
  return create(settings);
}
