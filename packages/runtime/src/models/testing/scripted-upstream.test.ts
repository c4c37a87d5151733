import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, askForStream, openProvider } from './open-provider.ts';
import { answering, breakingOff, failing, slowly } from './reply.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

describe('the scripted upstream', () => {
  let upstream: ScriptedUpstream;
  beforeEach(async () => {
    upstream = await startScriptedUpstream();
  });
  afterEach(() => upstream.close());

  const open = (name: 'anthropic' | 'openai') => openProvider(name, { baseUrl: upstream.baseUrl(name) });

  it('gives the steps of a script in order and repeats the last one until more is scripted', async () => {
    const provider = await open('anthropic');
    upstream.answer('anthropic', { text: 'one' }, { text: 'two' });
    const texts = [];
    for (let turn = 0; turn < 3; turn += 1) texts.push((await ask(provider, { model: 'm' })).text);
    upstream.answer('anthropic', { text: 'three' });
    texts.push((await ask(provider, { model: 'm' })).text);
    expect(texts).toEqual(['one', 'two', 'two', 'three']);
  });

  it('scripts each provider apart, and answers 500 for one without a script', async () => {
    upstream.answer('openai', { text: 'here' });
    await expect(ask(await open('anthropic'), { model: 'm' })).rejects.toThrow('scripted no answer');
    expect((await ask(await open('openai'), { model: 'm' })).text).toBe('here');
    expect(upstream.requests.map(({ provider, model, isStreamed }) => [provider, model, isStreamed])).toEqual([
      ['anthropic', 'm', false],
      ['openai', 'm', false],
    ]);
  });

  it('answers by what is asked where a step is a function', async () => {
    upstream.script('openai', ({ model }) => ({ status: 418, body: [JSON.stringify({ error: { message: `no ${model}` } })] }));
    await expect(ask(await open('openai'), { model: 'tea' })).rejects.toThrow('no tea');
  });

  it('counts as served what went out in full, and nothing else', async () => {
    const provider = await open('anthropic');
    const right = answering({ text: 'one two three', usage: { input_tokens: 7, output_tokens: 3 } });
    upstream.script(
      'anthropic',
      failing(500),
      breakingOff(right, { after: 4, ending: 'cut' }),
      breakingOff(right, { after: 4, ending: 'end' }),
      right,
    );
    for (let turn = 0; turn < 3; turn += 1) await expect(askForStream(provider, { model: 'm' })).rejects.toThrow();
    expect(upstream.served).toEqual([]);
    await askForStream(provider, { model: 'm' });
    expect(upstream.served).toMatchObject([{ request: { provider: 'anthropic' }, usage: { input_tokens: 7, output_tokens: 3 } }]);
  });

  it('does not count what the other side did not wait for', async () => {
    const provider = await open('openai');
    upstream.script('openai', slowly(answering({ text: 'one two three' }), 50));
    await expect(askForStream(provider, { model: 'm' }, { signal: AbortSignal.timeout(120) })).rejects.toThrow();
    await expect.poll(() => upstream.underWay).toBe(0);
    expect(upstream.served).toEqual([]);
  });
});
