import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallOptions, ModelProvider } from '../ports/model.ts';
import { type FailureKind, ModelFailure } from './model-failure.ts';
import { type ProviderName, providerNames } from './providers.ts';
import { ask, askForStream, openProvider, testKey, testModels } from './testing/open-provider.ts';
import { answering, breakingOff, failing, failingAfter, type ReceivedRequest, type Reply, type Step } from './testing/reply.ts';
import { type ScriptedUpstream, startScriptedUpstream } from './testing/scripted-upstream.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.close());

/** What a provider calls errors, where the name says more than the status. */
const codes: Readonly<Record<ProviderName, { overloaded: string; rate: string; key: string; model: string }>> = {
  anthropic: { overloaded: 'overloaded_error', rate: 'rate_limit_error', key: 'authentication_error', model: 'not_found_error' },
  openai: { overloaded: 'server_error', rate: 'rate_limit_exceeded', key: 'invalid_api_key', model: 'model_not_found' },
  azure: { overloaded: 'server_error', rate: 'too_many_requests', key: '401', model: 'DeploymentNotFound' },
  google: { overloaded: 'UNAVAILABLE', rate: 'RESOURCE_EXHAUSTED', key: 'UNAUTHENTICATED', model: 'NOT_FOUND' },
  'openai-compatible': { overloaded: 'server_error', rate: 'rate_limit', key: 'unauthorized', model: 'not_found' },
};

/** Streamed in more pieces than any test sends of it. */
const long = 'One two three four five six seven eight nine ten.';

const ways = ['at once', 'streamed'] as const;

describe.each(providerNames)('%s', (name) => {
  let provider: ModelProvider;
  const model = testModels[name];
  beforeAll(async () => {
    provider = await openProvider(name, { baseUrl: upstream.baseUrl(name) });
  });

  /** The failure of one request to what is scripted. Whatever fails, no error may hold the key. */
  async function failureOf(step: Step | Reply, way: (typeof ways)[number], options: Partial<CallOptions> = {}): Promise<unknown> {
    upstream.script(name, step);
    const before = upstream.requests.length;
    const asking = way === 'streamed' ? askForStream(provider, { model }, options) : ask(provider, { model }, options);
    const thrown = await asking.then(
      (answer) => expect.fail(`It answered ${JSON.stringify(answer)}.`),
      (error: unknown) => error,
    );
    expect(upstream.requests.length).toBe(before + 1);
    expectNoSecret(thrown);
    return thrown;
  }

  describe.each(ways)('asked for an answer %s', (way) => {
    it.each<[string, Step, FailureKind, number]>([
      ['too many requests', failing(429, { code: codes[name].rate, message: 'Slow down.' }), 'rate_limited', 429],
      ['an overloaded server', failing(503, { message: 'Slow down.' }), 'overloaded', 503],
      ['an overloaded model', failing(529, { code: codes[name].overloaded, message: 'Slow down.' }), 'overloaded', 529],
      ['a failing server', failing(500, { message: 'Slow down.' }), 'unavailable', 500],
      ['a gateway without a server', failing(502, { message: 'Slow down.' }), 'unavailable', 502],
      ['a wrong key', failing(401, { code: codes[name].key, message: 'Slow down.' }), 'unauthorised', 401],
      ['a key without the right', failing(403, { message: 'Slow down.' }), 'unauthorised', 403],
      ['an unknown model', failing(404, { code: codes[name].model, message: 'Slow down.' }), 'not_found', 404],
      ['a wrong request', failing(400, { code: 'invalid_request_error', message: 'Slow down.' }), 'invalid', 400],
      ['an unprocessable request', failing(422, { code: 'invalid_request_error', message: 'Slow down.' }), 'invalid', 422],
      ['an empty account', failing(402, { message: 'Slow down.' }), 'quota', 402],
    ])('COG-1: takes %s for what it is, and asks once', async (_, step, kind, status) => {
      const thrown = await failureOf(step, way);
      expect(thrown).toBeInstanceOf(ModelFailure);
      expect(thrown).toMatchObject({ kind, used: 'none', details: { kind, status } });
      expect(thrown).toMatchObject({ message: expect.stringMatching(new RegExp(`${name}.*\\(${status}\\): “Slow down\\.”\\.$`)) });
    });

    it.each<[string, Record<string, string>, number]>([
      ['seconds', { 'retry-after': '20' }, 20_000],
      ['a date', { date: 'Wed, 21 Oct 2026 07:28:00 GMT', 'retry-after': 'Wed, 21 Oct 2026 07:28:45 GMT' }, 45_000],
      ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '2' }, 1500],
    ])('keeps how long it is asked to wait, in %s', async (_, headers, retryAfterMs) => {
      expect(await failureOf(failing(429, { headers }), way)).toMatchObject({ kind: 'rate_limited', retryAfterMs });
    });

    it.each<[string, Reply]>([
      ['JSON that is cut short', { headers: { 'content-type': 'application/json' }, body: ['{"id": "x", '] }],
      ['JSON of another kind', { headers: { 'content-type': 'application/json' }, body: ['{"hello": "Welcome"}'] }],
      ['an event that is no JSON', { headers: { 'content-type': 'text/event-stream' }, body: ['data: {"choices": [\n\n'] }],
    ])('says that %s at status 200 cannot be read, and that it may have cost something', async (_, reply) => {
      const thrown = await failureOf(reply, way);
      expect(thrown).toMatchObject({ used: 'unknown', mayRetry: true });
      // A stream without a single readable event has ended before it said that it was complete.
      expect(['malformed', ...(way === 'streamed' ? ['interrupted'] : [])]).toContain(kindOf(thrown));
      expect(inspect(thrown, { depth: 9 })).not.toContain('Welcome');
    });

    it('says that whoever answers with a web page at status 200 is no server of models, which costs nothing', async () => {
      const page = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: ['<html><body>Welcome</body></html>'] };
      const thrown = await failureOf(page, way);
      expect(thrown).toMatchObject({ kind: 'not_found', used: 'none', mayRetry: false });
      expect(thrown).toMatchObject({ message: expect.stringContaining('it answered with a web page (text/html)') });
      expect(inspect(thrown, { depth: 9 })).not.toContain('Welcome');
    });

    it.each<[string, Step]>([
      ['tells no usage', withoutUsage],
      ['tells usage that is no whole number', answering({ text: 'Yes.', usage: { input_tokens: 1.5 } })],
      ['tells more tokens read from the cache than went in', answering({ text: 'Yes.', usage: { input_tokens: 5, cache_read_tokens: 9 } })],
    ])('COG-3: takes no answer that %s', async (_, step) => {
      expect(await failureOf(step, way)).toMatchObject({ kind: 'malformed', used: 'unknown' });
    });

    it('says that an answer broke off when the connection is cut in the middle of a piece', async () => {
      const step = breakingOff(answering({ text: long }), {
        after: way === 'streamed' ? 5 : 1,
        midway: true,
        ending: 'cut',
      });
      expect(await failureOf(step, way)).toMatchObject({ kind: 'interrupted', used: 'unknown', mayRetry: true });
    });

    it('says that it may have cost something when the connection is cut before there is an answer', async () => {
      expect(await failureOf({ ending: 'cut' }, way)).toMatchObject({ kind: 'unavailable', used: 'unknown', mayRetry: true });
    });

    it.each<[string, Step]>([
      ['before there is an answer', () => ({ ending: 'stall' })],
      ['in the middle of it', breakingOff(answering({ text: long }), { after: 1, ending: 'stall' })],
    ])('throws what the signal was aborted with when it falls silent %s, and hangs up', async (_, step) => {
      const controller = new AbortController();
      const reason = new ModelFailure('timed_out', 'Nothing came.', { used: 'unknown' });
      setTimeout(() => controller.abort(reason), 100);
      expect(await failureOf(step, way, { signal: controller.signal })).toBe(reason);
      await expect.poll(() => upstream.underWay).toBe(0);
    });

    it('does not follow a redirect, which would take the key along', async () => {
      const thrown = await failureOf({ status: 307, headers: { location: `${upstream.baseUrl(name)}/elsewhere` } }, way);
      expect(thrown).toMatchObject({ kind: 'not_found', used: 'none', message: expect.stringContaining('base_url') });
    });

    it('does not repeat a key that the provider repeats, in whatever form', async () => {
      const key = testKey.reveal();
      const said = `Key ${key} is wrong; ${encodeURIComponent(key)}; ${Buffer.from(key).toString('base64')}; sk-te****FGH; ${'x'.repeat(260)} ${key}`;
      const thrown = await failureOf(failing(401, { message: said }), way);
      expect(thrown).toMatchObject({ message: expect.stringContaining('[secret] is wrong; [secret]; [secret]; [secret]') });
      expect(String(thrown)).not.toContain('FGH');
      expect(String(thrown).length).toBeLessThan(500);
    });
  });

  it('says that a stream broke off when it ends without an end', async () => {
    const truncated = breakingOff(answering({ text: long }), { after: 5, ending: 'end' });
    expect(await failureOf(truncated, 'streamed')).toMatchObject({ kind: 'interrupted', used: 'unknown' });
  });

  it('has told the text before a break as it came', async () => {
    upstream.script(name, breakingOff(answering({ text: long }), { after: 7, midway: true, ending: 'cut' }));
    const deltas: string[] = [];
    const asking = askForStream(provider, { model }, { onDelta: (text) => deltas.push(text) });
    await expect(asking).rejects.toMatchObject({ kind: 'interrupted' });
    expect(long.startsWith(deltas.join(''))).toBe(true);
    expect(deltas[0]).toBe('One ');
  });

  it.each(['cut', 'end'] as const)('COG-3: never takes part of a stream for the whole, wherever it stops (%s)', async (ending) => {
    const right = answering({ text: 'One two.', usage: { input_tokens: 12_345, output_tokens: 678, reasoning_tokens: 9 } });
    upstream.script(name, right);
    const { response: whole } = await askForStream(provider, { model });
    const bytes = (await bytesOf(right, upstream.requests.at(-1))).length;
    for (let sent = 1; sent < bytes; sent += 5) {
      upstream.script(name, stoppingAt(right, sent, ending));
      const outcome = await askForStream(provider, { model }).then(
        ({ response }) => response,
        (thrown: unknown) => thrown,
      );
      // What is missing may be no more than the mark of the end.
      if (outcome instanceof ModelFailure) expect(outcome).toMatchObject({ used: 'unknown', mayRetry: true });
      else expect(outcome).toEqual(whole);
    }
  });

  it.each<[string, number, number]>([
    ['before any text', 0, 529],
    ['in the middle', 5, 529],
  ])('takes an error inside a stream for what it is, %s', async (_, after, status) => {
    const error = { status, code: name === 'google' ? 'UNAVAILABLE' : 'overloaded_error', message: 'Overloaded' };
    const thrown = await failureOf(failingAfter(answering({ text: long }), after, error), 'streamed');
    expect(thrown).toMatchObject({ kind: 'overloaded', used: 'unknown', message: expect.stringContaining('“Overloaded”') });
  });

  it('says that nothing was sent when nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const lonely = await openProvider(name, { baseUrl: `http://127.0.0.1:${port}/v1` });
    const thrown = await ask(lonely, { model }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      kind: 'unavailable',
      used: 'none',
      message: expect.stringContaining(`ECONNREFUSED at 127.0.0.1:${port}`),
    });
    expectNoSecret(thrown);
  });

  it('sends nothing once the signal is aborted', async () => {
    const before = upstream.requests.length;
    const reason = new Error('stopped');
    await expect(ask(provider, { model }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(upstream.requests.length).toBe(before);
  });
});

async function bytesOf(step: Step, request: ReceivedRequest | undefined): Promise<Buffer> {
  if (!request) throw new Error('Nothing was asked.');
  return Buffer.from(((await step(request)).body ?? []).join(''));
}

/** An answer that stops after some of its bytes. */
function stoppingAt(step: Step, bytes: number, ending: 'cut' | 'end'): Step {
  return async (request) => {
    const { usage: _, ...reply } = await step(request);
    return { ...reply, body: [(await bytesOf(step, request)).subarray(0, bytes)], ending };
  };
}

/** A right answer but for its usage. */
const withoutUsage: Step = async (request) => {
  const reply = await answering({ text: 'Yes.' })(request);
  const body = (reply.body ?? []).map((piece) => String(piece).replaceAll(/"(usage|usageMetadata)":\{/g, '"unused":{'));
  return { ...reply, body };
};

function kindOf(thrown: unknown): string {
  return thrown instanceof ModelFailure ? thrown.kind : String(thrown);
}

/** Neither in what is printed of an error, nor hidden in it or in what caused it. */
function expectNoSecret(thrown: unknown): void {
  const texts = [inspect(thrown, { depth: 20, showHidden: true, getters: true }), JSON.stringify(thrown), String(thrown)];
  for (let error = thrown; error instanceof Error; error = error.cause) texts.push(error.message, error.stack ?? '');
  expect(texts.join('\n')).not.toContain(testKey.reveal());
  expect(texts.join('\n').toLowerCase()).not.toMatch(/authorization|api-key|requestbody/);
}
