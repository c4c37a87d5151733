import type { JsonObject } from '@espalier/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FinishReason, ModelProvider, ModelRequest } from '../ports/model.ts';
import { type ProviderName, providerNames } from './providers.ts';
import { ask, askForStream, openProvider, permitFor, testKey, testModels } from './testing/open-provider.ts';
import { answering, breakingOff, type ReceivedRequest, slowly } from './testing/reply.ts';
import type { ScriptedAnswer } from './testing/scripted-answer.ts';
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

const weather = { name: 'weather', description: 'Tells the weather.', input: { type: 'object', properties: { city: { type: 'string' } } } };
const schema: JsonObject = {
  type: 'object',
  properties: { title: { type: 'string' } },
  required: ['title'],
  additionalProperties: false,
};

describe.each(providerNames)('%s', (name) => {
  let provider: ModelProvider;
  const model = testModels[name];
  beforeAll(async () => {
    provider = await openProvider(name, { baseUrl: upstream.baseUrl(name) });
  });

  /** The same answer at once and streamed. */
  async function bothWays(answer: ScriptedAnswer, request: Partial<ModelRequest> = {}) {
    upstream.answer(name, answer);
    const whole = await ask(provider, { model, ...request });
    const { response, deltas } = await askForStream(provider, { model, ...request });
    return { whole, response, deltas };
  }

  it('serves every model that has a name, and calls tools in its own way', () => {
    expect([provider.name, provider.callsTools, provider.serves(model), provider.serves('')]).toEqual([name, true, true, false]);
  });

  it('COG-1: answers with the text, whole and in order as it comes', async () => {
    const { whole, response, deltas } = await bothWays({ text: ['The ferry', ' sails', ' at nine.'] });
    expect(whole).toMatchObject({ text: 'The ferry sails at nine.', finish: 'stop' });
    expect(response).toEqual(whole);
    expect(deltas).toEqual(['The ferry', ' sails', ' at nine.']);
  });

  it('makes one request with the key in a header, and the bound on the output in the body', async () => {
    upstream.answer(name, { text: 'Yes.' });
    const before = upstream.requests.length;
    await ask(provider, { model, config: { max_tokens: 77, temperature: 0.5, top_p: 0.9, stop: 'END', seed: 4, unheard_of: { a: 1 } } });
    expect(upstream.requests.length).toBe(before + 1);
    const { headers, body, path } = lastRequest();
    expect(Object.values(headers).join(' ')).toContain(testKey.reveal());
    expect(path).not.toContain(testKey.reveal());
    expect(boundsIn(body)).toEqual([77]);
    expect(JSON.stringify(body)).toContain('0.5');
  });

  it('sends a bound on the output when the configuration has none', async () => {
    upstream.answer(name, { text: 'Yes.' });
    await ask(provider, { model, config: {} });
    expect(boundsIn(lastRequest().body)).toEqual([4096]);
  });

  it('ignores settings of a type that does not fit', async () => {
    upstream.answer(name, { text: 'Yes.' });
    const config = { temperature: 'hot', max_tokens: -1, top_p: null, stop: [3, ''], seed: {}, [name]: 'all' };
    expect((await ask(provider, { model, config })).text).toBe('Yes.');
    expect(boundsIn(lastRequest().body)).toEqual([4096]);
  });

  it('returns calls of tools, also several, and what was said before them', async () => {
    const toolCalls = [
      { id: 'call_a', name: 'weather', input: { city: 'Bern' } },
      { id: 'call_b', name: 'weather', input: { city: 'Ulm', days: [1, 2] } },
    ];
    const { whole, response } = await bothWays({ text: 'I look.', toolCalls }, { tools: [weather] });
    expect(whole).toMatchObject({ text: 'I look.', tool_calls: toolCalls, finish: 'tool_calls' });
    expect(response).toEqual(whole);
    expect(JSON.stringify(lastRequest().body)).toContain('Tells the weather.');
  });

  it('sends calls of tools and their results back', async () => {
    upstream.answer(name, { text: 'It rains.' });
    const messages: ModelRequest['messages'] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call_a', name: 'weather', input: { city: 'Bern' } },
          { id: 'call_b', name: 'weather', input: 'Ulm' },
        ],
      },
      { role: 'tool', call: 'call_a', name: 'weather', content: '{"sky":"rain"}' },
      { role: 'tool', call: 'call_b', name: 'weather', content: '{"sky":"snow"}' },
    ];
    expect((await ask(provider, { model, messages, tools: [weather] })).text).toBe('It rains.');
    const body = JSON.stringify(lastRequest().body);
    for (const sent of ['Be brief.', 'Weather?', 'call_a', 'call_b', 'Bern', 'Ulm', 'rain', 'snow']) expect(body).toContain(sent);
  });

  it('asks for JSON by the schema, not strictly', async () => {
    const { whole, response } = await bothWays({ text: ['{"title":', '"Ferry"}'] }, { schema });
    expect(JSON.parse(whole.text)).toEqual({ title: 'Ferry' });
    expect(response).toEqual(whole);
    const body = JSON.stringify(lastRequest().body);
    expect(body).toContain('"title"');
    expect(body).not.toContain('"strict":true');
  });

  it('does not send a schema that is not of an object, which providers refuse', async () => {
    upstream.answer(name, { text: '[1]' });
    expect((await ask(provider, { model, schema: { type: 'array', items: { type: 'number' } } })).text).toBe('[1]');
    expect(JSON.stringify(lastRequest().body)).not.toContain('"items"');
  });

  it('keeps what the model thought apart from what it said', async () => {
    const answer = { reasoning: 'Hm, ferries.', text: 'At nine.', usage: { input_tokens: 20, output_tokens: 30, reasoning_tokens: 12 } };
    const { whole, response, deltas } = await bothWays(answer);
    // The SDK's package for Azure does not read the thoughts, and Azure does not tell them in Chat Completions.
    const reasoning = name === 'azure' ? undefined : 'Hm, ferries.';
    expect(whole).toMatchObject({ text: 'At nine.', usage: { output_tokens: 30, reasoning_tokens: 12 } });
    expect(whole.reasoning).toBe(reasoning);
    expect(response).toEqual(whole);
    expect(deltas.join('')).toBe('At nine.');
  });

  it.each<[ScriptedAnswer['finish'], FinishReason]>([
    ['length', 'length'],
    ['refusal', name === 'google' ? 'content_filter' : 'refusal'],
    ['content_filter', name === 'anthropic' ? 'refusal' : 'content_filter'],
  ])('tells that an answer ended with %s, as an answer with its usage', async (finish, told) => {
    const { whole, response, deltas } = await bothWays({ text: 'I will not.', ...(finish ? { finish } : {}) });
    expect(whole).toMatchObject({ finish: told, usage: { input_tokens: 10, output_tokens: 5 } });
    expect(response).toEqual(whole);
    expect(deltas.join('')).toBe(whole.text);
    // Google blocks a prompt without a word.
    expect(whole.text).toBe(name === 'google' && finish === 'refusal' ? '' : 'I will not.');
  });

  it('COG-3: counts every token once, those of the cache and of thinking included', async () => {
    const usage = { input_tokens: 1000, output_tokens: 345, cache_read_tokens: 600, reasoning_tokens: 45 };
    const writes = name === 'google' ? {} : { cache_write_tokens: 150 };
    const { whole, response } = await bothWays({ text: 'Yes.', usage: { ...usage, ...writes } });
    expect(whole.usage).toEqual({ ...usage, ...writes });
    expect(response.usage).toEqual(whole.usage);
  });

  it('S20: refuses a used permit and a permit for another model, and asks nobody', async () => {
    upstream.answer(name, { text: 'Yes.' });
    const permit = permitFor(provider, model);
    const request: ModelRequest = { model, messages: [{ role: 'user', content: 'Hi' }], config: {} };
    const options = { signal: AbortSignal.timeout(30_000) };
    await provider.generate(permit, request, options);
    const before = upstream.requests.length;
    await expect(provider.generate(permit, request, options)).rejects.toMatchObject({ code: 'effect.refused' });
    await expect(provider.generate(permitFor(provider, 'other'), request, options)).rejects.toMatchObject({ code: 'effect.refused' });
    expect(upstream.requests.length).toBe(before);
  });

  it('gives signs of life with everything that comes', async () => {
    const signs: string[] = [];
    const onSign = () => signs.push('sign');
    upstream.script(name, slowly(answering({ text: 'One two three.' }), 10));
    await ask(provider, { model }, { onSign });
    expect(signs.length).toBeGreaterThan(0);
    signs.length = 0;
    await askForStream(provider, { model }, { onSign, onDelta: (text) => signs.push(text) });
    expect(signs[0]).toBe('sign');
    expect(signs.slice(0, signs.indexOf('three.')).filter((sign) => sign === 'sign').length).toBeGreaterThanOrEqual(3);
  });

  it('lets through what the caller’s own onDelta throws, and gives the answer up', async () => {
    upstream.script(name, breakingOff(answering({ text: 'One two three.' }), { after: 6, ending: 'stall' }));
    const defect = new Error('the reader broke');
    const onDelta = () => {
      throw defect;
    };
    await expect(askForStream(provider, { model }, { onDelta })).rejects.toBe(defect);
    await expect.poll(() => upstream.underWay).toBe(0);
  });

  it('refuses a setting of the provider that would let a request cost more than was set aside (S21)', async () => {
    const before = upstream.requests.length;
    const [loose] = loosest[name];
    const config = { max_tokens: 10, [name]: { [loose]: loosest[name][1] } };
    await expect(ask(provider, { model, config })).rejects.toMatchObject({
      code: 'input.invalid',
      message: expect.stringContaining(loose),
    });
    expect(upstream.requests.length).toBe(before);
  });

  it('hands on the provider’s own settings', async () => {
    upstream.answer(name, { text: 'Yes.' });
    const [settings, sent] = harmless[name];
    await ask(provider, { model, config: { max_tokens: 10, [name]: settings } });
    expect(JSON.stringify(lastRequest().body)).toContain(sent);
  });
});

const loosest: Readonly<Record<ProviderName, readonly [string, JsonObject[string]]>> = {
  anthropic: ['fallbacks', 'default'],
  openai: ['previousResponseId', 'resp_0'],
  azure: ['maxCompletionTokens', 1_000_000],
  google: ['cachedContent', 'cachedContents/1'],
  'openai-compatible': ['max_tokens', 1_000_000],
};

const harmless: Readonly<Record<ProviderName, readonly [JsonObject, string]>> = {
  anthropic: [{ metadata: { userId: 'user-7' } }, 'user-7'],
  openai: [{ user: 'user-7' }, 'user-7'],
  azure: [{ user: 'user-7' }, 'user-7'],
  google: [{ labels: { who: 'user-7' } }, 'user-7'],
  'openai-compatible': [{ top_k: 41 }, '"top_k":41'],
};

/** Every bound on the output in a body, by whatever name. */
function boundsIn(body: JsonObject): unknown[] {
  const { generationConfig, max_tokens, max_completion_tokens, max_output_tokens } = body;
  const inside = typeof generationConfig === 'object' && generationConfig !== null && 'maxOutputTokens' in generationConfig;
  const bounds = [max_tokens, max_completion_tokens, max_output_tokens, inside ? generationConfig.maxOutputTokens : undefined];
  return bounds.filter((bound) => bound !== undefined);
}
