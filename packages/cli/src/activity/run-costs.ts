import type { Fault, JournalEvent, JsonObject, Payload } from '@espalier/core';
import { amountJson } from '../amount-json.ts';
import { faultWord } from './fault-word.ts';

/** What the requests of a run that cost something have come to. Amounts in pico-dollars. */
export interface RunCosts {
  requests: number;
  cost: bigint;
  /** Of `cost`: what is assumed, as nobody knows what those requests have cost. */
  assumed: bigint;
  inputTokens: number;
  outputTokens: number;
  fallbacks: Fallback[];
}

/** Calls of a node that another deployment answered than the one that was asked first. */
export interface Fallback {
  node: string;
  from: string;
  to: string;
  times: number;
  /** Why the first one did not answer; undefined if nobody said. */
  error: Fault | undefined;
}

/** What the events of a run say of its requests to providers. What a fork took over was paid for by its parent. */
export function costsOf(events: readonly JournalEvent[]): RunCosts {
  const costs: RunCosts = { requests: 0, cost: 0n, assumed: 0n, inputTokens: 0, outputTokens: 0, fallbacks: [] };
  const asked = new Map<string, AskedCall>();
  for (const event of events) {
    if (event.type === 'effect.started') note(asked, event.payload);
    else if (event.type === 'usage.recorded' || event.type === 'usage.assumed') settle(costs, asked.get(event.payload.key), event);
    else if (event.type === 'effect.completed') {
      const fallback = event.payload.outcome === 'failure' ? undefined : fallbackOf(asked.get(event.payload.key));
      if (fallback) addFallback(costs.fallbacks, fallback);
      asked.delete(event.payload.key);
    }
  }
  return costs;
}

interface AskedCall {
  node: string;
  first: string;
  last: string;
  /** Whether the last try costs something at all. */
  costs: boolean;
  /** Of the deployment that was asked first. */
  error: Fault | undefined;
}

function note(asked: Map<string, AskedCall>, { key, node, try: number, reservation }: Payload<'effect.started'>): void {
  if (!reservation) return;
  const { deployment, amount } = reservation;
  const known = number > 1 ? asked.get(key) : undefined;
  const first = known?.first ?? deployment;
  asked.set(key, { node, first, last: deployment, costs: amount !== '0', error: known?.error });
}

function settle(costs: RunCosts, call: AskedCall | undefined, event: JournalEvent & { type: 'usage.recorded' | 'usage.assumed' }): void {
  if (!call) return;
  if (call.last === call.first) call.error = event.payload.error;
  if (!call.costs) return;
  const cost = BigInt(event.payload.cost);
  costs.requests += 1;
  costs.cost += cost;
  if (event.type === 'usage.assumed') costs.assumed += cost;
  else {
    costs.inputTokens += event.payload.tokens.input_tokens;
    costs.outputTokens += event.payload.tokens.output_tokens;
  }
}

function fallbackOf(call: AskedCall | undefined): Fallback | undefined {
  if (!call || call.first === call.last) return undefined;
  return { node: call.node, from: call.first, to: call.last, times: 1, error: call.error };
}

function addFallback(fallbacks: Fallback[], fallback: Fallback): void {
  const { node, from, to } = fallback;
  const known = fallbacks.find((each) => each.node === node && each.from === from && each.to === to);
  if (known) known.times += 1;
  else fallbacks.push(fallback);
}

/** For machines. */
export function costsJson({ fallbacks, ...costs }: RunCosts): JsonObject {
  return {
    cost: {
      ...amountJson(costs.cost),
      requests: costs.requests,
      input_tokens: costs.inputTokens,
      output_tokens: costs.outputTokens,
      assumed: amountJson(costs.assumed),
    },
    fallbacks: fallbacks.map(({ error, ...fallback }) => ({ ...fallback, reason: error ? faultWord(error) : null })),
  };
}
