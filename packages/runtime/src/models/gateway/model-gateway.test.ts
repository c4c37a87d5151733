import { type ModelsManifest, picoDollars } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { createOfflineProvider } from '../offline/offline-provider.ts';
import { createModelGateway } from './model-gateway.ts';
import { agentOf, ask, failing, gatewayOver, noModels, performed, replying, triesOf } from './testing/scripted-providers.ts';

const source = { models: noModels, providerCredentials: new Map() };
const deployment = (id: string, provider = id, more: object = {}) => ({
  ...{ id, provider, model: 'm', weight: 1, max_retries: 2, options: {} },
  timeouts: { first_token: '60s', between_tokens: '30s', total: '10m' },
  ...more,
});
/** Providers of tests are not among those that the manifest allows: what is tested here is who is asked. */
const models = (parts: object): ModelsManifest => ({ ...noModels, ...parts }) as ModelsManifest;

describe('COG-1 the gateway', () => {
  it('asks the model that an agent names', async () => {
    const { gateway } = gatewayOver([replying('a', ['hello'])]);
    expect(await ask(gateway, { agent: agentOf('a/m') })).toMatchObject({
      asked: ['a/m'],
      output: { text: 'hello', usage: { input_tokens: 3 } },
    });
  });

  it.each(['offlin/text', 'offline/gpt', '/text', 'antropic/x'])('refuses %j as model.unknown with the nearest names', (llm) => {
    const gateway = createModelGateway({ providers: [createOfflineProvider()] });
    expect(() => gateway.open(agentOf(llm), source, '/nowhere')).toThrow(expect.objectContaining({ code: 'model.unknown' }));
  });

  it('refuses two providers of one name', () => {
    expect(() => createModelGateway({ providers: [replying('a', []), replying('a', [])] })).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });

  it('collects the notices of what an agent may ask', () => {
    const gateway = createModelGateway({ providers: [createOfflineProvider(), replying('a', [])] });
    const notices = (llm: string) => gateway.notices({ ...source, agents: new Map([['w', agentOf(llm)]]) });
    expect(notices('offline/text')).toEqual(['offline: a rule-based text engine, not a language model']);
    expect(notices('a/m')).toEqual([]);
  });

  it('sends no more tokens than are set aside: the most that an answer may have is always named', async () => {
    const provider = replying('a', ['x']);
    const { gateway } = gatewayOver([provider]);
    await ask(gateway, { agent: agentOf('a/m') });
    await ask(gateway, { agent: agentOf('a/m', { config: { max_tokens: 7 } }) });
    expect(provider.requests.map(({ config }) => config.max_tokens)).toEqual([4096, 7]);
  });
});

describe('COG-1 fallback and retries', () => {
  it('asks the next one when one is down', async () => {
    const { gateway } = gatewayOver([replying('a', [failing('unauthorised')]), replying('b', ['hello'])]);
    expect(await ask(gateway, { agent: agentOf('a/m', { fallback: ['b/m'] }) })).toMatchObject({
      asked: ['a/m', 'b/m'],
      output: { text: 'hello' },
    });
  });

  it('asks the same one again while its failures may pass, and waits longer each time', async () => {
    const { gateway, waits } = gatewayOver([replying('a', [failing('overloaded'), failing('unavailable'), 'hello'])]);
    expect(await ask(gateway, { agent: agentOf('a/m') })).toMatchObject({ asked: ['a/m', 'a/m', 'a/m'], output: { text: 'hello' } });
    expect(waits).toEqual([200, 400]);
  });

  it('waits as long as the provider asks to be left alone', async () => {
    const { gateway, waits } = gatewayOver([replying('a', [failing('rate_limited', { retryAfterMs: 3000 }), 'hello'])]);
    expect((await ask(gateway, { agent: agentOf('a/m') })).asked).toHaveLength(2);
    expect(waits).toEqual([3000]);
  });

  it('asks another one instead of waiting long', async () => {
    const { gateway, waits } = gatewayOver([replying('a', [failing('rate_limited', { retryAfterMs: 3000 })]), replying('b', ['hello'])]);
    expect(await ask(gateway, { agent: agentOf('a/m', { fallback: ['b/m'] }) })).toMatchObject({ asked: ['a/m', 'b/m'] });
    expect(waits).toEqual([]);
  });

  it('gives up when the only one is to be left alone for longer than anybody waits', async () => {
    const { gateway, waits } = gatewayOver([replying('a', [failing('rate_limited', { retryAfterMs: 3_600_000 })])]);
    expect(await ask(gateway, { agent: agentOf('a/m') })).toMatchObject({ asked: ['a/m'], fault: { message: 'it is rate_limited' } });
    expect(waits).toEqual([]);
  });

  it('asks nobody else when the request itself is at fault', async () => {
    const other = replying('b', ['hello']);
    const { gateway } = gatewayOver([replying('a', [failing('invalid')]), other]);
    expect(await ask(gateway, { agent: agentOf('a/m', { fallback: ['b/m'] }) })).toMatchObject({
      asked: ['a/m'],
      fault: { code: 'model.failed' },
    });
    expect(other.requests).toEqual([]);
  });

  it('goes through the chain again when all are down for a moment', async () => {
    const down = [1, 2, 3].map(() => failing('unavailable'));
    const { gateway } = gatewayOver([replying('a', [...down, 'hello']), replying('b', [failing('unavailable')])]);
    expect(await ask(gateway, { agent: agentOf('a/m', { fallback: ['b/m'] }) })).toMatchObject({ output: { text: 'hello' } });
  });

  it('comes to an end, and says what each of them said', async () => {
    const { gateway } = gatewayOver([replying('a', [failing('unavailable')]), replying('b', [failing('overloaded')])]);
    const { asked, fault } = await ask(gateway, { agent: agentOf('a/m', { fallback: ['b/m'] }) });
    expect(asked).toHaveLength(15);
    expect(fault?.message).toMatch(/No deployment answered\. a\/m \(asked \d times\): it is unavailable b\/m/);
  });

  it('does not ask again what refused to answer: that is an answer', async () => {
    const refusal = { text: 'I will not.', finish: 'refusal' as const, usage: { input_tokens: 3, output_tokens: 2 } };
    const other = replying('b', ['hello']);
    const { gateway } = gatewayOver([replying('a', [refusal]), other]);
    const { fault, result } = await ask(gateway, { agent: agentOf('a/m', { fallback: ['b/m'] }) });
    expect(fault).toMatchObject({ code: 'model.refused', message: expect.stringContaining('I will not.') });
    expect(result?.used).toMatchObject({ tokens: { input_tokens: 3 } });
    expect(other.requests).toEqual([]);
  });

  it('passes over one that is known to be down, until it is probed and answers again', async () => {
    const failures = Array.from({ length: 5 }, () => failing('unavailable'));
    const { gateway } = gatewayOver([replying('a', [...failures, 'back']), replying('b', ['hello'])]);
    const agent = agentOf('a/m', { fallback: ['b/m'] });
    await ask(gateway, { agent });
    await ask(gateway, { agent });
    expect((await ask(gateway, { agent })).asked).toEqual(['b/m']);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask(gateway, { agent })).asked).toEqual(['a/m']);
  });

  it('asks one that is known to be down if nobody else is left', async () => {
    const { gateway } = gatewayOver([replying('a', [failing('unauthorised'), 'back'])]);
    await ask(gateway, { agent: agentOf('a/m') });
    expect((await ask(gateway, { agent: agentOf('a/m') })).output).toMatchObject({ text: 'back' });
  });
});

describe('COG-1 load', () => {
  it('is shared by weight, and the same call always asks the same one first', async () => {
    const { gateway } = gatewayOver([replying('a', ['a']), replying('b', ['b'])]);
    const shared = models({
      deployments: [deployment('a', 'a', { weight: 3 }), deployment('b')],
      chains: [{ id: 'both', steps: [['a', 'b']] }],
    });
    const asked = await Promise.all(
      Array.from({ length: 2000 }, (_, index) => ask(gateway, { agent: agentOf('both'), models: shared, key: `run-${index}/root/ask/0` })),
    );
    const first = asked.filter(({ asked: [name] }) => name === 'a').length;
    expect(first / 2000).toBeGreaterThan(0.7);
    expect(first / 2000).toBeLessThan(0.8);
    const again = await ask(gateway, { agent: agentOf('both'), models: shared, key: 'run-7/root/ask/0' });
    expect(again.asked).toEqual(asked[7]?.asked);
  });
});

describe('COG-2 routes', () => {
  const routed = models({
    deployments: [deployment('small', 'a'), deployment('large', 'b')],
    chains: [{ id: 'careful', steps: ['large', 'small'] }],
    routes: [
      {
        id: 'auto',
        rules: [{ tier: 'small', when: { complexity_below: 0.3, code: false }, use: 'small' }],
        default: { tier: 'large', use: 'careful' },
      },
    ],
  });

  it.each([
    ['small', 'What is the capital of France?'],
    [
      'large',
      'Prove step by step why this fails, compare three fixes and plan the migration:\n```ts\nexport const f = (x: number) => x\n```',
    ],
  ])('ask the %s tier', async (tier, text) => {
    const { gateway } = gatewayOver([replying('a', ['a']), replying('b', ['b'])]);
    expect((await ask(gateway, { agent: agentOf('auto'), models: routed, text })).asked).toEqual([tier]);
    expect(triesOf(gateway, { agent: agentOf('auto'), models: routed, text }).route).toMatchObject({ tier, reasons: expect.any(Array) });
  });
});

describe('times', () => {
  const slow = (ms: number) => async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { text: 'late', usage: { input_tokens: 1, output_tokens: 1 } };
  };
  const timed = (timeouts: object) =>
    models({
      deployments: [
        deployment('d', 'a', { max_retries: 0, timeouts: { first_token: '60s', between_tokens: '30s', total: '10m', ...timeouts } }),
      ],
    });

  async function once(provider: ReturnType<typeof replying>, timeouts: object) {
    const { gateway } = gatewayOver([provider]);
    const signal = new AbortController().signal;
    const planned = await triesOf(gateway, { agent: agentOf('d'), models: timed(timeouts) }).next(signal);
    if ('giveUp' in planned) throw new Error(planned.giveUp.message);
    return performed(planned, signal);
  }

  it('until the first token have an end, and what it has cost is not known', async () => {
    const result = await once(replying('a', [slow(5000)]), { first_token: '30ms' });
    expect(result).toMatchObject({
      outcome: 'failure',
      used: 'unknown',
      error: { details: { kind: 'timed_out' }, message: expect.stringContaining('did not begin') },
    });
  });

  it('between two tokens have an end', async () => {
    const stalling = async (_: unknown, { onSign, signal }: { onSign?: (() => void) | undefined; signal: AbortSignal }) => {
      onSign?.();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return { text: '', usage: { input_tokens: 0, output_tokens: 0 } };
    };
    const result = await once(replying('a', [stalling]), { between_tokens: '30ms' });
    expect(result).toMatchObject({ outcome: 'failure', error: { message: expect.stringContaining('fell silent') } });
  });

  it('are not over while signs of life come', async () => {
    const living = async (_: unknown, { onSign }: { onSign?: (() => void) | undefined }) => {
      for (let sign = 0; sign < 6; sign += 1) {
        onSign?.();
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      return { text: 'whole', usage: { input_tokens: 1, output_tokens: 1 } };
    };
    expect(await once(replying('a', [living]), { first_token: '150ms', between_tokens: '150ms' })).toMatchObject({ outcome: 'success' });
  });

  it('of the whole have an end', async () => {
    expect(await once(replying('a', [slow(5000)]), { total: '30ms' })).toMatchObject({
      error: { message: expect.stringContaining('did not come to the end') },
    });
  });
});

describe('COG-3 what is set aside', () => {
  it('is the price of as many tokens as the request has bytes, and of the most that may be answered', async () => {
    const gateway = createModelGateway({ providers: [], environment: { home: '/nowhere', variable: () => 'sk-test', user: undefined } });
    const declared = models({
      deployments: [deployment('d', 'openai-compatible', { base_url: 'http://127.0.0.1:9', price: { input: 1, output: 2 } })],
    });
    const tries = triesOf(gateway, { agent: agentOf('d', { config: { max_tokens: 100 } }), models: declared, text: 'é'.repeat(1000) });
    const planned = await tries.next(new AbortController().signal);
    if ('giveUp' in planned) throw new Error(planned.giveUp.message);
    const most = (tokens: number, usd: number) => (picoDollars(usd) * BigInt(tokens)) / 1_000_000n;
    expect(planned.bound).toBeGreaterThan(most(2000, 1) + most(100, 2));
    expect(planned.bound).toBeLessThan(most(2200, 1) + most(100, 2));
    expect(planned.isFree).toBe(false);
  });

  it('cannot be said of a model without a price: it is not asked', async () => {
    const gateway = createModelGateway({ providers: [], environment: { home: '/nowhere', variable: () => 'sk-test', user: undefined } });
    const unpriced = models({ deployments: [deployment('d', 'openai-compatible', { base_url: 'http://127.0.0.1:9' })] });
    expect(await ask(gateway, { agent: agentOf('d'), models: unpriced })).toMatchObject({ asked: [], fault: { code: 'model.unpriced' } });
  });
});

describe('the report', () => {
  const agents = new Map([['writer', agentOf('anthropic/claude-sonnet-4-5')]]);
  const report = async (variable: (name: string) => string | undefined) => {
    const gateway = createModelGateway({
      providers: [createOfflineProvider()],
      environment: { home: '/nowhere', variable, user: undefined },
    });
    return gateway.report({ ...source, agents }, '/nowhere');
  };

  it('says what an unconfigured provider needs, and offers one that needs nothing', async () => {
    const [first] = await report(() => undefined);
    expect(first?.fault).toMatchObject({ code: 'model.unconfigured' });
    expect(first?.fault?.message).toMatch(/ANTHROPIC_API_KEY.*offline\/text/);
  });

  it('finds nothing wrong with one whose usual variable is set', async () => {
    const [first] = await report((name) => (name === 'ANTHROPIC_API_KEY' ? 'sk-test' : undefined));
    expect(first).toMatchObject({ usedAs: ['agent writer'], state: 'closed', fault: undefined });
  });
});
