import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProviderName, providerNames } from './providers.ts';
import { ask, askForStream, openProvider, testModels } from './testing/open-provider.ts';

const mock = new LLMock({ port: 0, host: '127.0.0.1', strict: true });
beforeAll(async () => {
  mock.onMessage('ferry', { content: 'The ferry sails at nine, and again at noon.' });
  mock.onMessage('weather', { toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Bern"}' }] });
  mock.onMessage('title', { content: '{"title":"Ferry"}' });
  await mock.start();
});
afterAll(() => mock.stop());

const paths: Readonly<Record<ProviderName, string>> = {
  anthropic: '/v1',
  openai: '/v1',
  azure: '/openai',
  google: '/v1beta',
  'openai-compatible': '/v1',
};
const weather = { name: 'weather', description: 'Tells the weather.', input: { type: 'object', properties: { city: { type: 'string' } } } };

/** Somebody else's idea of the same APIs: what both take for right is more likely to be right. */
describe.each(providerNames)('COG-1: %s against aimock', (name) => {
  const model = testModels[name];
  const open = () => openProvider(name, { baseUrl: `${mock.url}${paths[name]}` });
  const about = (content: string) => ({ model, messages: [{ role: 'user' as const, content }] });

  it('answers, whole and streamed', async () => {
    const provider = await open();
    const whole = await ask(provider, about('When does the ferry sail?'));
    expect(whole).toMatchObject({ text: 'The ferry sails at nine, and again at noon.', finish: 'stop' });
    const { response, deltas } = await askForStream(provider, about('When does the ferry sail?'));
    expect(response).toMatchObject({ text: whole.text, finish: 'stop' });
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join('')).toBe(whole.text);
  });

  it('calls tools, whole and streamed', async () => {
    const provider = await open();
    const request = { ...about('What is the weather?'), tools: [weather] };
    const called = { tool_calls: [{ name: 'weather', input: { city: 'Bern' } }], finish: 'tool_calls' };
    expect(await ask(provider, request)).toMatchObject(called);
    expect((await askForStream(provider, request)).response).toMatchObject(called);
  });

  it('answers by a schema', async () => {
    const schema = { type: 'object', properties: { title: { type: 'string' } }, required: ['title'], additionalProperties: false };
    const { text } = await ask(await open(), { ...about('Give it a title'), schema });
    expect(JSON.parse(text)).toEqual({ title: 'Ferry' });
  });

  it('is told of a request that it has no answer for', async () => {
    await expect(ask(await open(), about('Something else'))).rejects.toMatchObject({ kind: 'overloaded', used: 'none' });
  });
});
