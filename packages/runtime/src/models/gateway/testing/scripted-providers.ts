/* For tests: providers that answer or fail as they are told to, behind a gateway whose waits take no time. */
import type { AgentManifest, ModelsManifest } from '@espalier/core';
import { issuePermit, Permit } from '../../../gate/permit.ts';
import type { CallOptions, ModelProvider, ModelRequest, ModelResponse } from '../../../ports/model.ts';
import type { PlannedTry, Tries, TryResult } from '../../../ports/node-program.ts';
import { type FailureKind, type FailureOptions, ModelFailure } from '../../model-failure.ts';
import { createModelGateway, type ModelGateway } from '../model-gateway.ts';

/** What comes of one request. */
export type Reply = string | ModelResponse | Error | ((request: ModelRequest, options: CallOptions) => Promise<ModelResponse>);

export function failing(kind: FailureKind, options: Partial<FailureOptions> = {}): ModelFailure {
  return new ModelFailure(kind, `it is ${kind}`, { used: 'none', ...options });
}

/** A provider that gives one reply after the other, the last one for ever. */
export function replying(name: string, replies: readonly Reply[]): ModelProvider & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    name,
    requests,
    serves: () => true,
    async generate(permit, request, options) {
      Permit.redeem(permit, 'model', `${name}/${request.model}`);
      requests.push(request);
      const reply = replies[Math.min(requests.length, replies.length) - 1] ?? '';
      if (reply instanceof Error) throw reply;
      if (typeof reply === 'function') return reply(request, options);
      return typeof reply === 'string' ? { text: reply, usage: { input_tokens: 3, output_tokens: 2 } } : reply;
    },
  };
}

export const noModels: ModelsManifest = { deployments: [], chains: [], routes: [] };

export function agentOf(llm: string, more: Partial<AgentManifest> = {}): AgentManifest {
  return { id: 'writer', llm, prompt: 'Write.', tools: [], playbook: false, fallback: [], config: {}, ...more };
}

/** A gateway over providers, and how long it waited between requests, in milliseconds. */
export function gatewayOver(providers: readonly ModelProvider[]): { gateway: ModelGateway; waits: number[] } {
  const waits: number[] = [];
  const sleep = async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    waits.push(ms);
  };
  return { gateway: createModelGateway({ providers, sleep, random: () => 1 }), waits };
}

export interface Asking {
  agent: AgentManifest;
  models?: ModelsManifest;
  key?: string;
  text?: string;
}

/** The tries of one call. */
export function triesOf(gateway: ModelGateway, { agent, models = noModels, key = 'run-1/root/ask/0', text = 'Hello' }: Asking): Tries {
  const source = { models, providerCredentials: new Map() };
  return gateway.open(agent, source, '/nowhere').tries(key, { messages: [{ role: 'user', content: text }], config: agent.config });
}

/** Makes the tries of one call as the driver does, until one succeeds or nobody is left. */
export async function ask(gateway: ModelGateway, asking: Asking) {
  const tries = triesOf(gateway, asking);
  const { signal } = new AbortController();
  const asked: string[] = [];
  for (;;) {
    const planned = await tries.next(signal);
    if ('giveUp' in planned) return { asked, fault: planned.giveUp };
    asked.push(planned.deployment);
    const result = await performed(planned, signal);
    if (result.outcome !== 'failure') return { asked, output: result.output, result };
    if (result.isFinal) return { asked, fault: result.error, result };
  }
}

export function performed(planned: PlannedTry, signal: AbortSignal, onText: (text: string) => void = () => {}): Promise<TryResult> {
  const permit = issuePermit({ kind: 'model', target: `${planned.provider}/${planned.model}`, input: null });
  return planned.perform(permit, { signal, onText });
}
