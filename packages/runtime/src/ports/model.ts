import type { Json, JsonObject, TokenUsage } from '@espalier/core';
import type { Permit } from '../gate/permit.ts';

/** A call of a tool that a model asks for. */
export interface ModelToolCall {
  /** The provider's id of the call; its result refers to it. */
  id: string;
  name: string;
  input: Json;
}

/** One message of a request. */
export type ModelMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string; tool_calls?: readonly ModelToolCall[] }
  | { role: 'tool'; call: string; name: string; content: string };

/** A tool as it is told to a model. */
export interface ModelTool {
  name: string;
  description: string;
  /** JSON Schema of its parameters. */
  input: JsonObject;
}

export interface ModelRequest {
  /** The model within its provider: `text` of `offline/text`. */
  model: string;
  messages: readonly ModelMessage[];
  /** JSON Schema that the answer must satisfy; without one the answer is text. */
  schema?: JsonObject;
  /** Tools that the model may ask for in its provider's own way. */
  tools?: readonly ModelTool[];
  /** Settings of the agent: `temperature`, `max_tokens`, …, and whatever else the provider documents. */
  config: JsonObject;
}

/** Why a model stopped: done, out of tokens, to have tools called, or because it, or its provider, would not go on. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'refusal' | 'content_filter' | 'other';

export interface ModelResponse {
  text: string;
  /** What the model thought and a provider told of it; kept as trace. */
  reasoning?: string;
  tool_calls?: readonly ModelToolCall[];
  finish?: FinishReason;
  usage: TokenUsage;
}

/** How a request is made. */
export interface CallOptions {
  signal: AbortSignal;
  /** Set for a request whose text is wanted as it comes: called with every piece, in order. What it throws is the caller's defect. */
  onDelta?: ((text: string) => void) | undefined;
  /** Called as soon as the provider has begun to answer, and again with everything that comes: whoever waits knows that it is alive. */
  onSign?: (() => void) | undefined;
}

/** One provider of language models. Small on purpose: the gateway (fallback, retries, cost) is built on top of it. */
export interface ModelProvider {
  /** The part of a model's name before the slash: `offline`, `anthropic`, … */
  readonly name: string;
  /** Shown wherever the model's words are shown, for example that it is not a language model. */
  readonly notice?: string;
  /** Whether models of this provider are asked for tools in its own way; otherwise they are told to plan calls in their answer. */
  readonly callsTools?: boolean;
  /** Whether the provider serves this model. */
  serves(model: string): boolean;
  /**
   * Makes one request, once: retries and fallbacks are the gateway's.
   * @param permit from the gate; a call without a valid one is refused (S20).
   * @throws ModelFailure for whatever the provider did wrong; EspalierError `model.unknown`; what `signal` was aborted with.
   */
  generate(permit: Permit, request: ModelRequest, options: CallOptions): Promise<ModelResponse>;
}
