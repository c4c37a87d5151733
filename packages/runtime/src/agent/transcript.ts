import type { EffectResult, JsonObject, TokenUsage } from '@espalier/core';
import { isJsonObject } from '@espalier/core';
import type { ModelToolCall } from '../ports/model.ts';

/** What a model said once, as it is recorded. */
export interface ModelAnswer {
  readonly text: string;
  /** What it wants called, in its provider's own way. */
  readonly toolCalls: readonly ModelToolCall[];
  /** It was cut off at the most tokens that it may say. */
  readonly isCutOff: boolean;
  /** Tokens of the request and the answer. */
  readonly tokens: number;
}

/** One round of an agent's loop: what it said (thought and action), and what came of the calls that it asked for (observation). */
export interface Turn {
  readonly answer: ModelAnswer;
  readonly observations: readonly JsonObject[];
}

/** What has happened inside the node so far (S11). */
export type Transcript = readonly Turn[];

/** Reads the recorded output of a model call. */
export function answerOf({ output }: Extract<EffectResult, { output: unknown }>): ModelAnswer {
  const { text, tool_calls: calls, finish, usage } = isJsonObject(output) ? output : {};
  return {
    text: typeof text === 'string' ? text : '',
    toolCalls: Array.isArray(calls) ? (calls as unknown as ModelToolCall[]) : [],
    isCutOff: finish === 'length',
    tokens: isJsonObject(usage) ? tokensOf(usage) : 0,
  };
}

function tokensOf({ input_tokens: input = 0, output_tokens: output = 0 }: Partial<TokenUsage>): number {
  return input + output;
}
