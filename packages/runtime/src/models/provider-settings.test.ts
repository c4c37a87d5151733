import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderSettings } from './ai-sdk/provider-settings.ts';
import { createProvider, isProviderName, type ProviderName } from './providers.ts';
import { ask, openProvider, testKey } from './testing/open-provider.ts';
import type { ReceivedRequest } from './testing/reply.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './testing/scripted-upstream.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.close());

function lastRequest(): ReceivedRequest {
  const last = upstream.requests.at(-1);
  if (!last) throw new Error('Nothing was asked.');
  return last;
}

describe('providers by name', () => {
  it('knows the names that there are adapters for', () => {
    expect(['anthropic', 'offline', 'toString'].map(isProviderName)).toEqual([true, false, false]);
  });

  it.each<[string, ProviderName, ProviderSettings, string]>([
    ['without a key', 'anthropic', {}, 'anthropic needs an API key'],
    ['without a key', 'openai', {}, 'openai needs an API key'],
    ['without a key', 'google', {}, 'google needs an API key'],
    ['without a key', 'azure', { baseUrl: 'http://127.0.0.1', options: { api_version: 'v1' } }, 'azure needs an API key'],
    ['without an address', 'azure', { options: { api_version: 'v1' } }, 'base_url or options.resource_name'],
    ['without a version', 'azure', { baseUrl: 'http://127.0.0.1' }, 'options.api_version'],
    ['with a resource that is none', 'azure', { options: { api_version: 'v1', resource_name: 'a.b/c' } }, 'options.resource_name'],
    ['without an address', 'openai-compatible', {}, 'base_url'],
  ])('says what is missing %s of %s', async (_, name, settings, said) => {
    const apiKey = said.includes('API key') ? undefined : testKey;
    const message = expect.stringContaining(said);
    await expect(createProvider(name, { apiKey, ...settings })).rejects.toMatchObject({ code: 'model.unconfigured', message });
  });

  it('charges an organisation and a project of OpenAI', async () => {
    upstream.answer('openai', { text: 'Yes.' });
    const options = { organization: 'org-1', project: 'proj-2' };
    const provider = await openProvider('openai', { baseUrl: upstream.baseUrl('openai'), options });
    await ask(provider, { model: 'gpt-4.1' });
    expect(lastRequest().headers).toMatchObject({ 'openai-organization': 'org-1', 'openai-project': 'proj-2' });
    expect(lastRequest().body.store).toBe(false);
  });

  it('asks a server of one’s own without a key', async () => {
    upstream.answer('openai-compatible', { text: 'Yes.' });
    const provider = await createProvider('openai-compatible', { baseUrl: upstream.baseUrl('openai-compatible') });
    await ask(provider, { model: 'llama' });
    expect(lastRequest().headers.authorization).toBeUndefined();
  });

  it.each<[ProviderName, ProviderSettings, string]>([
    ['anthropic', { options: { region: 'eu' } }, 'has no option region'],
    ['azure', { options: { api_version: 20241021 } }, 'api_version of the provider azure to be a string'],
    ['openai', { options: { toString: 'x' } }, 'has no option toString'],
    ['google', { baseUrl: 'ftp://127.0.0.1' }, 'http or https URL'],
    ['openai-compatible', { baseUrl: 'somewhere' }, 'http or https URL'],
  ])('refuses what %s cannot use', async (name, settings, said) => {
    const message = expect.stringContaining(said);
    await expect(createProvider(name, { apiKey: testKey, ...settings })).rejects.toMatchObject({ code: 'input.invalid', message });
  });

  it.each([
    [{ api_version: '2024-10-21' }, '/azure/openai/deployments/our-deployment/chat/completions?api-version=2024-10-21'],
    [{ api_version: 'v1' }, '/azure/openai/chat/completions'],
  ])('addresses a deployment of Azure by %j', async (options, path) => {
    upstream.answer('azure', { text: 'Yes.' });
    const provider = await openProvider('azure', { baseUrl: upstream.baseUrl('azure'), options });
    await ask(provider, { model: 'our-deployment' });
    expect(lastRequest()).toMatchObject({ path, model: 'our-deployment' });
  });

  it.each([
    [{ options: { api_version: '2024-10-21', resource_name: 'ours' } }, 'https://ours.openai.azure.com/openai/deployments/m/'],
    [{ baseUrl: 'https://ours.openai.azure.com/', options: { api_version: 'v1' } }, 'https://ours.openai.azure.com/openai/v1/'],
  ])('finds the address of a resource of Azure from %j', async (settings, address) => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(String(input));
      return new Response('{}', { status: 404 });
    };
    const provider = await openProvider('azure', { ...settings, fetch });
    await expect(ask(provider, { model: 'm' })).rejects.toMatchObject({ kind: 'not_found' });
    expect(asked).toEqual([expect.stringContaining(address)]);
  });
});
