import { createGate } from '@espalier/runtime';
import type { ModelMessage, ModelProvider, ModelRequest } from '@espalier/runtime/ports';
// Adapters are private to the runtime: nobody but the gateway, and who measures it, asks them.
import { createProvider } from '../../packages/runtime/src/models/providers.ts';
import { share } from '../durable/contender.ts';
import { type Call, CallTimer } from './call-timer.ts';
import type { Contender, Setting } from './contender.ts';

/** The adapter that the gateway uses, asked by itself in the same way: with a permit, streamed. */
export function direct(): Contender {
  let provider: ModelProvider;
  let requests: ModelRequest[];
  return {
    name: 'direct call',
    part: 'direct',
    async setup(setting) {
      provider = await createProvider('openai-compatible', { baseUrl: setting.upstream.baseUrl });
      requests = setting.bodies.map(requestOf);
      await converse(provider, requests);
      await expectSame(setting);
    },
    async converse(clients, conversations) {
      const calls: Call[] = [];
      await share(conversations, clients, async () => void calls.push(...(await converse(provider, requests))));
      return calls;
    },
    verify: async () => {},
    close: async () => {},
  };
}

async function converse(provider: ModelProvider, requests: readonly ModelRequest[]): Promise<Call[]> {
  const { signal } = new AbortController();
  const permits = await Promise.all(requests.map(({ model }) => permitFor(`openai-compatible/${model}`)));
  const timer = new CallTimer();
  for (const [turn, request] of requests.entries()) {
    const permit = permits[turn];
    if (permit) await provider.generate(permit, request, { signal, onDelta: (text) => timer.text(text), onSign: () => {} });
    timer.done();
  }
  return timer.calls();
}

/** From a gate that asks nobody. */
async function permitFor(target: string) {
  const context = { tenant: '', run: '', task: '', node: '', key: '', agent: undefined, request: undefined, risk: 'low' } as const;
  const others = { payer: { workflow: '', session: '', user: undefined, costCentre: undefined }, fork: undefined, checkInput: undefined };
  const admission = await createGate([]).admit({ kind: 'model', target, input: null }, { ...context, ...others });
  if (!admission.admitted) throw new Error('A gate without steps refused a call.');
  return admission.permit;
}

/** The request that an adapter was given, from what it made of it. */
function requestOf(body: string): ModelRequest {
  const { model, messages, max_tokens, response_format } = JSON.parse(body) as {
    model: string;
    messages: ModelMessage[];
    max_tokens: number;
    response_format: { json_schema: { schema: NonNullable<ModelRequest['schema']> } };
  };
  return { model, messages, schema: response_format.json_schema.schema, config: { max_tokens } };
}

/** @throws Error if what was sent last is not what Espalier sends. */
async function expectSame({ upstream, bodies }: Setting): Promise<void> {
  const sent = await upstream.bodies();
  for (const [turn, body] of bodies.entries()) {
    if (sent[turn] !== body) throw new Error(`Turn ${turn + 1} of the direct call sent another request than Espalier.`);
  }
}
