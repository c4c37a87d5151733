import type { JsonObject, TokenUsage } from '@espalier/core';

/** What a provider is to answer, in whatever form it says so. */
export interface ScriptedAnswer {
  /** Streamed word by word, or in the given pieces. */
  text?: string | readonly string[];
  reasoning?: string;
  toolCalls?: readonly { id?: string; name: string; input: JsonObject }[];
  /** Default: `tool_calls` if there are any, else `stop`. What a provider has no word for becomes its nearest. */
  finish?: 'stop' | 'length' | 'tool_calls' | 'refusal' | 'content_filter';
  /** Default: 10 tokens in, 5 out. */
  usage?: Partial<TokenUsage>;
}

/** An answer with every default filled in. */
export interface FullAnswer {
  pieces: readonly string[];
  reasoning: string;
  toolCalls: readonly { id: string; name: string; input: JsonObject }[];
  finish: NonNullable<ScriptedAnswer['finish']>;
  usage: TokenUsage;
}

export function fullAnswer({ text = '', reasoning = '', toolCalls = [], finish, usage }: ScriptedAnswer): FullAnswer {
  return {
    pieces: typeof text === 'string' ? (text.match(/\S+\s*|\s+/g) ?? []) : text,
    reasoning,
    toolCalls: toolCalls.map((call, index) => ({ id: `call_${index + 1}`, ...call })),
    finish: finish ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: { input_tokens: 10, output_tokens: 5, ...usage },
  };
}
