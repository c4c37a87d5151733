import type { JsonObject, TokenUsage } from '@espalier/core';
import type { FullAnswer } from '../scripted-answer.ts';
import { type Dialect, sseEvent } from './dialect.ts';

const finishReasons = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP', refusal: undefined, content_filter: 'SAFETY' };

/** The Gemini API of Google. It refuses by blocking the prompt. */
export const generateContent: Dialect = {
  modelOf: (path) => /\/models\/([^:]+):/.exec(path)?.[1] ?? '',
  isStreamed: (path) => path.includes(':streamGenerateContent'),
  whole: (answer, model) => ({ ...head(model), ...ending(answer, partsOf(answer)) }),
  events: (answer, model) => chunksOf(answer).map((chunk) => sseEvent({ ...head(model), ...chunk })),
  error: (code, { code: status = 'INTERNAL', message = 'It failed.' }) => ({ error: { code, message, status } }),
  errorEvent: (status, error) => sseEvent(generateContent.error(status, error)),
};

function head(model: string): JsonObject {
  return { modelVersion: model, responseId: 'resp_1' };
}

function partsOf({ pieces, reasoning, toolCalls }: FullAnswer): JsonObject[] {
  const thoughts = reasoning === '' ? [] : [{ text: reasoning, thought: true }];
  const calls = toolCalls.map(({ id, name, input }) => ({ functionCall: { id, name, args: input } }));
  return [...thoughts, ...pieces.map((text) => ({ text })), ...calls];
}

/** What a piece of an answer holds: the last one says how it ended and what it used. */
function ending({ finish, usage }: FullAnswer, parts: JsonObject[]): JsonObject {
  const usageMetadata = countsOf(usage);
  const reason = finishReasons[finish];
  if (reason === undefined) return { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata };
  return { candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: reason }], usageMetadata };
}

function chunksOf(answer: FullAnswer): JsonObject[] {
  if (finishReasons[answer.finish] === undefined) return [ending(answer, [])];
  const pieces = partsOf(answer).map((part) => ({ candidates: [{ index: 0, content: { role: 'model', parts: [part] } }] }));
  return [...pieces, ending(answer, [{ text: '' }])];
}

function countsOf({ input_tokens, output_tokens, cache_read_tokens, reasoning_tokens = 0 }: TokenUsage): JsonObject {
  return {
    promptTokenCount: input_tokens,
    ...(cache_read_tokens === undefined ? {} : { cachedContentTokenCount: cache_read_tokens }),
    candidatesTokenCount: output_tokens - reasoning_tokens,
    thoughtsTokenCount: reasoning_tokens,
    totalTokenCount: input_tokens + output_tokens,
  };
}
