import { EspalierError, type Fault, faultOf, isJsonObject, type Json, type JsonObject, type TokenUsage } from '@espalier/core';
import type { Permit } from '../../gate/permit.ts';
import type { ModelProvider, ModelRequest, ModelResponse } from '../../ports/model.ts';
import type { TryResult, TryUsage } from '../../ports/node-program.ts';
import { ModelFailure } from '../model-failure.ts';
import type { PriceList } from '../prices/price-list.ts';
import type { Candidate } from './candidate.ts';

export interface RequestToMake {
  candidate: Candidate;
  provider: ModelProvider;
  prices: PriceList;
  request: ModelRequest;
  permit: Permit;
  signal: AbortSignal;
  onText: (text: string) => void;
}

/** What came of a request, and its failure in the words of the gateway. */
export type RequestOutcome = TryResult & { failure?: ModelFailure | undefined };

/** Makes one request, within the times of its deployment. @throws what `signal` was aborted with. */
export async function performRequest(making: RequestToMake): Promise<RequestOutcome> {
  const { provider, permit, request, signal, onText } = making;
  const watch = watchOver(making);
  try {
    const options = { signal: watch.signal, onDelta: onText, onSign: watch.sign };
    return answered(making, await Promise.race([provider.generate(permit, request, options), watch.aborted]));
  } catch (thrown) {
    signal.throwIfAborted();
    return failed(making, thrown);
  } finally {
    watch.stop();
  }
}

/** Whether signs of life come in time: the first, each next one, and the end. The request is over at the first that does not. */
function watchOver({ candidate, signal }: RequestToMake) {
  const controller = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => {});
  const give = (reason: unknown) => {
    controller.abort(reason);
    reject(reason);
  };
  // Not AbortSignal.any: the signal of a node outlives many requests, and would remember each of them until the collector comes by.
  const follow = () => give(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  const late = (what: string, ms: number) => give(tooLate(candidate, what, ms));
  // In a turn of the event loop timers come before the network: what came in while this process was busy is heard first.
  let lastLook: NodeJS.Immediate | undefined;
  const silent = (what: string, ms: number) => () => {
    lastLook = setImmediate(() => late(what, ms));
  };
  const { firstTokenMs, betweenTokensMs, totalMs } = candidate;
  let next = setTimeout(silent('did not begin to answer', firstTokenMs), firstTokenMs);
  const end = setTimeout(() => late('did not come to the end of its answer', totalMs), totalMs);
  let hasBegun = false;
  return {
    signal: controller.signal,
    aborted,
    sign() {
      clearImmediate(lastLook);
      if (hasBegun) next.refresh();
      else {
        hasBegun = true;
        clearTimeout(next);
        next = setTimeout(silent('fell silent in the middle of its answer', betweenTokensMs), betweenTokensMs);
      }
    },
    stop() {
      clearImmediate(lastLook);
      clearTimeout(next);
      clearTimeout(end);
      signal.removeEventListener('abort', follow);
    },
  };
}

function tooLate({ provider, model }: Candidate, what: string, ms: number): ModelFailure {
  return new ModelFailure('timed_out', `${provider}/${model} ${what}: nothing came for ${ms / 1000} s.`, { used: 'unknown' });
}

function answered({ candidate, prices }: RequestToMake, response: ModelResponse): RequestOutcome {
  const { text, finish, usage } = response;
  const used = { tokens: usage, cost: prices.costOf(usage) };
  if (finish === 'refusal' || finish === 'content_filter') {
    return { outcome: 'failure', error: refusal(candidate, finish, text), used, isFinal: true };
  }
  if (typeof text !== 'string') {
    const message = `${candidate.provider}/${candidate.model} answered with a ${typeof text} instead of text.`;
    return { outcome: 'failure', error: { code: 'model.failed', message }, used, isFinal: true };
  }
  return { outcome: 'success', output: outputOf(response), used, confidence: confidenceOf(text) };
}

/** What is recorded of an answer. Text that it could not be stored with is for whoever reads it to refuse. */
function outputOf({ text, reasoning, tool_calls, finish, usage }: ModelResponse): Json {
  const output: JsonObject = { text, usage: counted(usage) };
  if (reasoning !== undefined && reasoning !== '') output.reasoning = reasoning;
  if (tool_calls && tool_calls.length > 0) output.tool_calls = tool_calls.map((call) => ({ ...call }));
  if (finish === 'length' || finish === 'other') output.finish = finish;
  return output;
}

function counted(usage: TokenUsage): JsonObject {
  return Object.fromEntries(Object.entries(usage).flatMap(([part, count]) => (typeof count === 'number' ? [[part, count]] : [])));
}

function refusal({ provider, model }: Candidate, finish: 'refusal' | 'content_filter', text: unknown): Fault {
  const who =
    finish === 'refusal' ? `${provider}/${model} refused to answer` : `The content filter of ${provider} stopped the answer of ${model}`;
  const words = typeof text === 'string' && text.trim() !== '' ? `: ${text.trim().slice(0, 300)}` : '.';
  return { code: 'model.refused', message: `${who}${words}`, details: { finish } };
}

/** How sure an answer says that it is, if it is JSON and has a `confidence` from 0 to 1. */
function confidenceOf(text: string): number | undefined {
  if (!text.includes('"confidence"')) return undefined;
  try {
    const answer: unknown = JSON.parse(text);
    const confidence = isJsonObject(answer) ? answer.confidence : undefined;
    return typeof confidence === 'number' && confidence >= 0 && confidence <= 1 ? confidence : undefined;
  } catch {
    return undefined;
  }
}

function failed({ prices }: RequestToMake, thrown: unknown): RequestOutcome {
  const error = faultOf(thrown, 'model.failed');
  if (thrown instanceof ModelFailure) return { outcome: 'failure', error, used: usageOf(thrown, prices), failure: thrown };
  // A call that was never made has used nothing; of anything else nobody knows.
  return { outcome: 'failure', error, used: thrown instanceof EspalierError ? 'none' : 'unknown', isFinal: true };
}

function usageOf({ used }: ModelFailure, prices: PriceList): TryUsage {
  return typeof used === 'string' ? used : { tokens: used, cost: prices.costOf(used) };
}
