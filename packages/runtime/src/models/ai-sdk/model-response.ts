import type { LanguageModelV4Content, LanguageModelV4FinishReason, LanguageModelV4Usage, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { type Json, storableText } from '@espalier/core';
import type { FinishReason, ModelResponse, ModelToolCall } from '../../ports/model.ts';
import { tokenUsageOf } from './token-usage.ts';

/** An answer as the SDK gives it, at once or collected from a stream. */
export interface SdkAnswer {
  content: readonly LanguageModelV4Content[];
  finishReason: LanguageModelV4FinishReason;
  usage: LanguageModelV4Usage;
  /** What a model said to refuse, where the SDK does not tell it. */
  refusal?: string;
}

/** An answer as the port gives it; undefined if it tells no sound usage. */
export function modelResponseOf({ content, finishReason, usage, refusal = '' }: SdkAnswer): ModelResponse | undefined {
  const counted = tokenUsageOf(usage);
  if (counted === undefined) return undefined;
  const [text, reasoning] = [answerIn(content), thoughtsIn(content)];
  const calls = content.filter((piece) => piece.type === 'tool-call').map(toolCallOf);
  return {
    text: storableText(text + refusal),
    ...(reasoning === '' ? {} : { reasoning: storableText(reasoning) }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    finish: refusal === '' ? finishOf(finishReason, calls.length > 0) : 'refusal',
    usage: counted,
  };
}

function answerIn(content: readonly LanguageModelV4Content[]): string {
  return content.map((piece) => (piece.type === 'text' && !isCommentary(piece.providerMetadata) ? piece.text : '')).join('');
}

function thoughtsIn(content: readonly LanguageModelV4Content[]): string {
  return content.map((piece) => (isThought(piece) ? piece.text : '')).join('');
}

function isThought(piece: LanguageModelV4Content): piece is Extract<LanguageModelV4Content, { type: 'text' | 'reasoning' }> {
  return piece.type === 'reasoning' || (piece.type === 'text' && isCommentary(piece.providerMetadata));
}

/** Whether text is what a model says while it works, before its answer; OpenAI tells them apart. */
export function isCommentary(metadata: SharedV4ProviderMetadata | undefined): boolean {
  return metadata?.openai?.phase === 'commentary';
}

/** Input that is no JSON stays text: whoever checks it against the tool's schema tells the model (S19). */
function toolCallOf({ toolCallId, toolName, input }: { toolCallId: string; toolName: string; input: string }): ModelToolCall {
  return { id: storableText(toolCallId), name: storableText(toolName), input: input.trim() === '' ? {} : parsed(storableText(input)) };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The SDK calls both `content-filter`: that a provider's filter stepped in, and that a model itself refused, which then stopped as usual. */
const modelRefused: ReadonlySet<string | undefined> = new Set([undefined, 'refusal', 'stop']);

/** Some servers say `stop` although tools are to be called. */
function finishOf({ unified, raw }: LanguageModelV4FinishReason, callsTools: boolean): FinishReason {
  switch (unified) {
    case 'stop':
      return callsTools ? 'tool_calls' : 'stop';
    case 'length':
      return 'length';
    case 'tool-calls':
      return 'tool_calls';
    case 'content-filter':
      return modelRefused.has(raw) ? 'refusal' : 'content_filter';
    default:
      return callsTools ? 'tool_calls' : 'other';
  }
}
