import type { JsonObject } from '@espalier/core';
import type { Permit } from '../gate/permit.ts';

/** One message of a request. */
export interface ModelMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ModelRequest {
  /** The model within its provider: `outline` of `offline/outline`. */
  model: string;
  messages: readonly ModelMessage[];
  /** JSON Schema that the answer must satisfy; without one the answer is text. */
  schema?: JsonObject;
  /** Settings of the agent: `temperature`, `max_tokens`, …, and whatever else the provider documents. */
  config: JsonObject;
}

/** Tokens as the provider counted them. */
export interface ModelUsage {
  input_tokens: number;
  output_tokens: number;
}

export interface ModelResponse {
  text: string;
  usage: ModelUsage;
}

/** One provider of language models. Small on purpose: the gateway (fallback, retries, cost) is built on top of it. */
export interface ModelProvider {
  /** The part of a model's name before the slash: `offline`, `anthropic`, … */
  readonly name: string;
  /** Shown wherever the model's words are shown, for example that it is not a language model. */
  readonly notice?: string;
  /** Whether the provider serves this model. */
  serves(model: string): boolean;
  /**
   * @param permit from the gate; a call without a valid one is refused (S20).
   * @throws EspalierError `model.failed`, `model.unknown`; whatever `signal` was aborted with.
   */
  generate(permit: Permit, request: ModelRequest, signal: AbortSignal): Promise<ModelResponse>;
}
