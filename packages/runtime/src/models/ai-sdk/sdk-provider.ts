import { AsyncLocalStorage } from 'node:async_hooks';
import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { EspalierError } from '@espalier/core';
import { Permit } from '../../gate/permit.ts';
import type { CallOptions, ModelProvider, ModelRequest, ModelResponse } from '../../ports/model.ts';
import type { Addressee } from './addressee.ts';
import { callOptionsOf, type SettingNames } from './call-options.ts';
import { complaintOfError } from './complaint.ts';
import { type Exchange, openExchange } from './exchange.ts';
import { failure } from './failure.ts';
import { failureKind } from './failure-kind.ts';
import { modelResponseOf, type SdkAnswer } from './model-response.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { readStream } from './read-stream.ts';

/** A model of the SDK, as far as it is used here. */
export type SdkModel = Pick<LanguageModelV4, 'doGenerate' | 'doStream'>;

/** Opens a model of an SDK package. */
export type OpenModel = (model: string, fetch: typeof globalThis.fetch) => SdkModel;

/** What is particular to one provider. */
export interface SdkAdapter {
  name: string;
  settings: ProviderSettings;
  /** Imports the provider's package, at the first request: a process that asks no model of a provider does not load it. */
  load: () => Promise<OpenModel>;
  names: Omit<SettingNames, 'provider'>;
  /** The last word on what is sent. */
  adapt?: (options: LanguageModelV4CallOptions, request: ModelRequest) => LanguageModelV4CallOptions;
  /** The refusal in an answer, or a piece of one, as the provider sent it; for SDK packages that drop it. */
  refusalIn?: (raw: unknown) => string;
}

/** The request that is being made, for the `fetch` of a model: opening a model takes longer than to ask it, so requests share one. */
const exchanges = new AsyncLocalStorage<Exchange>();
/** Names of models come from configuration; if there are more of them after all, their models are opened again. */
const mostModels = 100;

/** A provider over a package of the AI SDK, at its lowest level: one request per call, no retries. */
export function createSdkProvider(adapter: SdkAdapter): ModelProvider {
  const { name, load } = adapter;
  const models = new Map<string, SdkModel>();
  let loaded: Promise<OpenModel> | undefined;
  const modelOf = async (model: string) => {
    loaded ??= load();
    const open = await loaded;
    const opened = models.get(model) ?? open(model, fetchOfExchange);
    if (models.size >= mostModels) models.clear();
    models.set(model, opened);
    return opened;
  };
  return {
    name,
    callsTools: true,
    serves: (model) => model !== '',
    generate: async (permit, request, options) => {
      Permit.redeem(permit, 'model', `${name}/${request.model}`);
      options.signal.throwIfAborted();
      return await ask(adapter, await modelOf(request.model), request, options);
    },
  };
}

const fetchOfExchange: typeof globalThis.fetch = (input, init) => {
  const exchange = exchanges.getStore();
  if (!exchange) throw new EspalierError('internal.defect', 'A package of the SDK made a request that nobody watches over.');
  return exchange.fetch(input, init);
};

async function ask(adapter: SdkAdapter, model: SdkModel, request: ModelRequest, options: CallOptions): Promise<ModelResponse> {
  const { name, settings, names, adapt = (sent) => sent } = adapter;
  const addressee = { provider: name, model: request.model, credential: settings.credential, key: settings.apiKey };
  const exchange = openExchange({ addressee, fetch: settings.fetch ?? globalThis.fetch, onSign: options.onSign ?? (() => {}) });
  const explain = explanation({ addressee, exchange, signal: options.signal });
  const sent = adapt(callOptionsOf(request, { provider: name, ...names }, options.signal), request);
  const answer = await exchanges.run(exchange, () => answerTo(sent, model, { adapter, explain, onDelta: options.onDelta }));
  if (answer === undefined) throw failure('interrupted', addressee, { used: 'unknown' });
  const response = modelResponseOf(answer);
  if (response) return response;
  throw failure('malformed', addressee, { words: 'it told no sound usage', used: 'unknown' });
}

interface Asking {
  adapter: SdkAdapter;
  explain: (thrown: unknown) => unknown;
  onDelta: CallOptions['onDelta'];
}

async function answerTo(
  sent: LanguageModelV4CallOptions,
  model: SdkModel,
  { adapter, explain, onDelta }: Asking,
): Promise<SdkAnswer | undefined> {
  const { refusalIn } = adapter;
  if (onDelta) {
    const opened = model.doStream(refusalIn ? { ...sent, includeRawChunks: true } : sent);
    const { stream } = await explained(opened, explain);
    return await readStream(stream, { onDelta, explain, refusalIn: refusalIn ?? (() => '') });
  }
  const { content, finishReason, usage, response } = await explained(model.doGenerate(sent), explain);
  return { content, finishReason, usage, refusal: refusalIn?.(response?.body) ?? '' };
}

async function explained<T>(work: PromiseLike<T>, explain: (thrown: unknown) => unknown): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw explain(thrown);
  }
}

interface Case {
  addressee: Addressee;
  exchange: Exchange;
  signal: AbortSignal;
}

/** What to throw for what the SDK throws. Once a provider has answered 200, it may have worked on the request whatever came of it. */
function explanation({ addressee, exchange, signal }: Case): (thrown: unknown) => unknown {
  return (thrown) => {
    if (signal.aborted) return signal.reason;
    if (thrown instanceof EspalierError) return thrown;
    if (exchange.broken || endedEarly(thrown)) return failure('interrupted', addressee, { used: 'unknown' });
    if (!exchange.asked) return failure('invalid', addressee, { words: thrown instanceof Error ? thrown.message : '', used: 'none' });
    const complaint = complaintOfError(thrown);
    if (complaint === undefined) return failure('malformed', addressee, { used: 'unknown' });
    return failure(failureKind(complaint), addressee, { words: complaint.words, retryAfterMs: complaint.retryAfterMs, used: 'unknown' });
  };
}

/** How the SDK's package for compatible servers reports a stream without an end. */
function endedEarly(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AI_InvalidResponseDataError' && 'data' in thrown && thrown.data === undefined;
}
