/* For tests: providers against a scripted upstream. */
import { Secret } from '../../credentials/secret.ts';
import { issuePermit, type Permit } from '../../gate/permit.ts';
import type { CallOptions, ModelProvider, ModelRequest, ModelResponse } from '../../ports/model.ts';
import type { ProviderSettings } from '../ai-sdk/provider-settings.ts';
import { createProvider, type ProviderName } from '../providers.ts';

/** A key as long as real ones. */
export const testKey = new Secret('sk-test-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGH');

/** A model that the SDK's packages know as able to do everything. */
export const testModels: Readonly<Record<ProviderName, string>> = {
  anthropic: 'claude-sonnet-4-5',
  openai: 'gpt-4.1',
  azure: 'our-deployment',
  google: 'gemini-2.5-flash',
  'openai-compatible': 'llama-3.3-70b',
};

/** A provider with the settings that it cannot do without. */
export function openProvider(name: ProviderName, settings: ProviderSettings): Promise<ModelProvider> {
  const options = name === 'azure' ? { api_version: '2024-10-21' } : {};
  return createProvider(name, { apiKey: testKey, credential: 'test-credential', options, ...settings });
}

export function permitFor(provider: ModelProvider, model: string): Permit {
  return issuePermit({ kind: 'model', target: `${provider.name}/${model}`, input: null });
}

/** Makes one request of “Hi”, unless told otherwise. */
export function ask(
  provider: ModelProvider,
  request: Partial<ModelRequest> & { model: string },
  options: Partial<CallOptions> = {},
): Promise<ModelResponse> {
  const whole = { messages: [{ role: 'user' as const, content: 'Hi' }], config: { max_tokens: 100 }, ...request };
  return provider.generate(permitFor(provider, request.model), whole, { signal: AbortSignal.timeout(30_000), ...options });
}

/** Makes one request with its answer streamed, and keeps the pieces. */
export async function askForStream(
  provider: ModelProvider,
  request: Partial<ModelRequest> & { model: string },
  options: Partial<CallOptions> = {},
): Promise<{ response: ModelResponse; deltas: string[] }> {
  const deltas: string[] = [];
  const response = await ask(provider, request, { onDelta: (text) => deltas.push(text), ...options });
  return { response, deltas };
}
