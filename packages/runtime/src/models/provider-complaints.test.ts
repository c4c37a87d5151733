import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailureKind } from './model-failure.ts';
import type { ProviderName } from './providers.ts';
import { ask, askForStream, openProvider, testModels } from './testing/open-provider.ts';
import { failing, type Reply } from './testing/reply.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './testing/scripted-upstream.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.close());

describe('a failure of one provider', () => {
  it.each<[string, ProviderName, Reply, Record<string, unknown>]>([
    [
      'Google tells how long to wait in its details',
      'google',
      google(429, 'RESOURCE_EXHAUSTED', 'Quota.', [{ retryDelay: '31.5s' }]),
      { kind: 'rate_limited', retryAfterMs: 31_500 },
    ],
    [
      'Google calls a wrong key an invalid argument',
      'google',
      google(400, 'INVALID_ARGUMENT', 'API key not valid.', [{ reason: 'API_KEY_INVALID' }]),
      { kind: 'unauthorised' },
    ],
    [
      'Google calls a region without the API a precondition',
      'google',
      google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
      { kind: 'not_found' },
    ],
    [
      'Google calls a long prompt an invalid argument',
      'google',
      google(400, 'INVALID_ARGUMENT', 'The input token count (9) exceeds the maximum number of tokens allowed (8).'),
      { kind: 'too_long' },
    ],
    [
      'Anthropic calls an empty account an invalid request',
      'anthropic',
      anthropic(400, 'invalid_request_error', 'Your credit balance is too low to access the API.'),
      { kind: 'quota' },
    ],
    [
      'Anthropic calls a long prompt an invalid request',
      'anthropic',
      anthropic(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
      { kind: 'too_long' },
    ],
    [
      'Anthropic has a limit on bytes',
      'anthropic',
      anthropic(413, 'request_too_large', 'Request exceeds the maximum size'),
      { kind: 'too_long' },
    ],
    [
      'OpenAI gives an empty account 429',
      'openai',
      openai(429, 'insufficient_quota', 'You exceeded your current quota.'),
      { kind: 'quota', mayRetry: false },
    ],
    ['OpenAI gives a long prompt a code', 'openai', openai(400, 'context_length_exceeded', 'Too long.'), { kind: 'too_long' }],
    [
      'OpenAI calls too large a bound an invalid request',
      'openai',
      openai(400, 'invalid_value', 'max_tokens is too large: 9. This model supports at most 8 completion tokens.'),
      { kind: 'invalid' },
    ],
    [
      'Azure has its filter turn prompts down, which it bills',
      'azure',
      openai(400, 'content_filter', 'The response was filtered.'),
      { kind: 'invalid', used: 'unknown' },
    ],
    [
      'Azure has no such deployment',
      'azure',
      openai(404, 'DeploymentNotFound', 'The API deployment does not exist.'),
      { kind: 'not_found' },
    ],
    [
      'Azure’s gateway says it flatly',
      'azure',
      { status: 401, body: ['{"statusCode": 401, "message": "Access denied."}'] },
      { kind: 'unauthorised', message: expect.stringContaining('“Access denied.”') },
    ],
    [
      'Ollama says it in one string',
      'openai-compatible',
      { status: 404, body: ['{"error": "model not found, try pulling it first"}'] },
      { kind: 'not_found', message: expect.stringContaining('“model not found, try pulling it first”') },
    ],
    [
      'vLLM says it as a detail',
      'openai-compatible',
      { status: 400, body: ['{"detail": "This model\'s maximum context length is 8 tokens."}'] },
      { kind: 'too_long' },
    ],
    ['a server gives up waiting', 'openai-compatible', { status: 408, body: [] }, { kind: 'timed_out', used: 'unknown' }],
    [
      'a proxy answers with a page',
      'openai-compatible',
      { status: 502, body: ['<html>Bad gateway</html>'] },
      { kind: 'unavailable', message: expect.not.stringContaining('html') },
    ],
  ])('%s', async (_, name, reply, expected) => {
    upstream.script(name, reply);
    const provider = await openProvider(name, { baseUrl: upstream.baseUrl(name) });
    await expect(ask(provider, { model: testModels[name] })).rejects.toMatchObject(expected);
  });

  it('names the credential whose key was not accepted', async () => {
    upstream.script('anthropic', failing(401, { code: 'authentication_error', message: 'invalid x-api-key' }));
    const provider = await openProvider('anthropic', { baseUrl: upstream.baseUrl('anthropic') });
    await expect(ask(provider, { model: 'claude-sonnet-4-5' })).rejects.toThrow(
      'anthropic did not accept the key of the credential test-credential for the model claude-sonnet-4-5 (401): “invalid x-api-key”.',
    );
  });

  it('is told of an answer of OpenAI that failed at status 200', async () => {
    const failed = { id: 'r', status: 'failed', error: { code: 'server_error', type: 'server_error', message: 'It broke.' }, output: [] };
    upstream.script('openai', { headers: { 'content-type': 'application/json' }, body: [JSON.stringify(failed)] });
    const provider = await openProvider('openai', { baseUrl: upstream.baseUrl('openai') });
    await expect(ask(provider, { model: 'gpt-4.1' })).rejects.toMatchObject({
      used: 'unknown',
      message: expect.stringContaining('It broke.'),
    });
  });

  it.each<[string, FailureKind]>([
    ['rate_limit_exceeded', 'rate_limited'],
    ['invalid_request_error', 'invalid'],
    ['something_new', 'unavailable'],
  ])('inside a stream is told by its name alone: %s', async (code, kind) => {
    const event = `data: ${JSON.stringify({ error: { message: 'No.', type: code } })}\n\n`;
    upstream.script('openai-compatible', { headers: { 'content-type': 'text/event-stream' }, body: [event] });
    const provider = await openProvider('openai-compatible', { baseUrl: upstream.baseUrl('openai-compatible') });
    await expect(askForStream(provider, { model: 'm' })).rejects.toMatchObject({ kind, used: 'unknown' });
  });

  it.each<[string, object]>([
    ['ENOTFOUND', { kind: 'unavailable', used: 'none' }],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', { kind: 'unavailable', used: 'none' }],
    ['ECONNRESET', { kind: 'unavailable', used: 'unknown' }],
    ['UND_ERR_HEADERS_TIMEOUT', { kind: 'timed_out', used: 'unknown' }],
  ])('of the network is told by its code: %s', async (code, expected) => {
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('inside'), { code }) }));
    const provider = await openProvider('google', { fetch });
    const message = expect.stringContaining(`${code} at generativelanguage.googleapis.com`);
    await expect(ask(provider, { model: 'gemini-2.5-flash' })).rejects.toMatchObject({ ...expected, message });
  });

  it('is told although the words of it never end', async () => {
    upstream.script('openai', { status: 429, body: ['{"error": {"message": "', 'x'.repeat(200_000)], ending: 'stall' });
    const provider = await openProvider('openai', { baseUrl: upstream.baseUrl('openai') });
    await expect(ask(provider, { model: 'gpt-4.1' })).rejects.toMatchObject({ kind: 'rate_limited' });
    await expect.poll(() => upstream.underWay).toBe(0);
  });

  it('is told of a request that the SDK does not take, which was not sent', async () => {
    const provider = await openProvider('google', { baseUrl: upstream.baseUrl('google') });
    const before = upstream.requests.length;
    const messages = [
      { role: 'user' as const, content: 'Hi' },
      { role: 'system' as const, content: 'Late.' },
    ];
    await expect(ask(provider, { model: 'gemini-2.5-flash', messages })).rejects.toMatchObject({ kind: 'invalid', used: 'none' });
    expect(upstream.requests.length).toBe(before);
  });
});

function google(code: number, status: string, message: string, details: object[] = []): Reply {
  return { status: code, body: [JSON.stringify({ error: { code, status, message, details } })] };
}

function anthropic(status: number, type: string, message: string): Reply {
  return { status, body: [JSON.stringify({ type: 'error', error: { type, message } })] };
}

function openai(status: number, code: string, message: string): Reply {
  return { status, body: [JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code } })] };
}
