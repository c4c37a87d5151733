import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { JsonObject } from '@espalier/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, askForStream, openProvider } from './testing/open-provider.ts';
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

const weather = { name: 'weather', description: 'Tells the weather.', input: { type: 'object', properties: { city: { type: 'string' } } } };
const schema: JsonObject = { type: 'object', properties: { title: { type: 'string' } }, required: ['title'], additionalProperties: false };

describe('what is particular to one provider', () => {
  it('reads the answer that older models of Anthropic give as a call of a tool', async () => {
    upstream.answer('anthropic', { toolCalls: [{ name: 'json', input: { title: 'Ferry' } }] });
    const provider = await openProvider('anthropic', { baseUrl: upstream.baseUrl('anthropic') });
    const whole = await ask(provider, { model: 'claude-3-haiku-20240307', schema });
    expect(whole).toMatchObject({ text: '{"title":"Ferry"}', finish: 'stop' });
    const { response, deltas } = await askForStream(provider, { model: 'claude-3-haiku-20240307', schema });
    expect(response).toEqual(whole);
    expect(deltas.join('')).toBe(whole.text);
  });

  it('keeps arguments of tools that are no JSON as text, for whoever checks them (S19)', async () => {
    const call = { id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city": Bern' } };
    const choice = { index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'stop' };
    const body = { id: 'x', model: 'm', choices: [choice], usage: { prompt_tokens: 3, completion_tokens: 2 } };
    upstream.script('openai-compatible', { body: [JSON.stringify(body)] });
    const provider = await openProvider('openai-compatible', { baseUrl: upstream.baseUrl('openai-compatible') });
    expect(await ask(provider, { model: 'm', tools: [weather] })).toMatchObject({
      tool_calls: [{ id: 'a', name: 'weather', input: '{"city": Bern' }],
      finish: 'tool_calls',
    });
  });

  it('takes what a model of OpenAI says while it works for thoughts, not for the answer', async () => {
    const message = (id: string, phase: string, text: string) => ({ ...spoken(id, text), phase });
    const output = [message('m1', 'commentary', 'Let me see. '), message('m2', 'final_answer', 'At nine.')];
    const end = { id: 'r', created_at: 1, model: 'gpt-4.1', status: 'completed', usage: { input_tokens: 3, output_tokens: 2 } };
    const events = [
      { type: 'response.created', response: { id: 'r', created_at: 1, model: 'gpt-4.1' } },
      ...output.flatMap((item, output_index) => [
        { type: 'response.output_item.added', output_index, item: { ...item, content: [] } },
        { type: 'response.output_text.delta', output_index, item_id: item.id, content_index: 0, delta: item.content[0]?.text },
        { type: 'response.output_item.done', output_index, item },
      ]),
      { type: 'response.completed', response: end },
    ];
    const streamed = {
      headers: { 'content-type': 'text/event-stream' },
      body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`),
    };
    upstream.script('openai', { body: [JSON.stringify({ ...end, output })] }, streamed);
    const provider = await openProvider('openai', { baseUrl: upstream.baseUrl('openai') });
    const whole = await ask(provider, { model: 'gpt-4.1' });
    expect(whole).toMatchObject({ text: 'At nine.', reasoning: 'Let me see. ' });
    expect(await askForStream(provider, { model: 'gpt-4.1' })).toEqual({ response: whole, deltas: ['At nine.'] });
  });

  it('loads the package of the provider that is asked, at its first request, and no other', async () => {
    const probe = fileURLToPath(new URL('./loaded-packages.fixture.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [probe], { timeout: 60_000 });
    expect(JSON.parse(stdout)).toEqual({ made: [], asked: ['@ai-sdk/openai-compatible'] });
  });

  it('keeps the budget of thinking within the bound, and does not think once tools were called', async () => {
    upstream.answer('anthropic', { text: 'Yes.' });
    const provider = await openProvider('anthropic', { baseUrl: upstream.baseUrl('anthropic') });
    const request = {
      model: 'claude-sonnet-4-5',
      config: { max_tokens: 3000, anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
    };
    await ask(provider, request);
    expect(lastRequest().body).toMatchObject({ max_tokens: 3000, thinking: { type: 'enabled', budget_tokens: 2000 } });
    await ask(provider, {
      ...request,
      messages: [
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: '', tool_calls: [{ id: 'a', name: 'weather', input: {} }] },
        { role: 'tool', call: 'a', name: 'weather', content: 'rain' },
      ],
    });
    expect(lastRequest().body.max_tokens).toBe(3000);
    expect(lastRequest().body.thinking).toBeUndefined();
  });

  it('does not let Google’s package continue a long answer with a second request', async () => {
    const first = { content: { parts: [{ text: 'Once' }] }, finishReason: 'CONTINUATION', continuationToken: 'more' };
    upstream.script('google', { body: [JSON.stringify({ candidates: [first], usageMetadata: { promptTokenCount: 1 } })] });
    const provider = await openProvider('google', { baseUrl: upstream.baseUrl('google') });
    const before = upstream.requests.length;
    const message = expect.stringContaining('set max_tokens');
    await expect(ask(provider, { model: 'gemini-2.5-flash' })).rejects.toMatchObject({ kind: 'invalid', used: 'unknown', message });
    expect(upstream.requests.length).toBe(before + 1);
  });
});

/** An item of OpenAI's output. */
function spoken(id: string, text: string) {
  return { type: 'message', id, role: 'assistant', status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] };
}
