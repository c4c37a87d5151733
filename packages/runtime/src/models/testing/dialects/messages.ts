import type { JsonObject, TokenUsage } from '@espalier/core';
import type { FullAnswer } from '../scripted-answer.ts';
import { type Dialect, halves, modelInBody, sseEvent, streamedByBody } from './dialect.ts';

const stopReasons = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use', refusal: 'refusal', content_filter: 'refusal' };

/** The Messages API of Anthropic. */
export const messages: Dialect = {
  modelOf: modelInBody,
  isStreamed: streamedByBody,
  whole: (answer, model) => ({
    ...head(model),
    content: contentOf(answer),
    stop_reason: stopReasons[answer.finish],
    usage: { ...inputCounts(answer.usage), ...outputCounts(answer.usage) },
  }),
  events: (answer, model) => eventsOf(answer, model).map((event) => sseEvent(event, String(event.type))),
  error: (_status, { code = 'api_error', message = 'It failed.' }) => ({ type: 'error', error: { type: code, message } }),
  errorEvent: (status, error) => sseEvent(messages.error(status, error), 'error'),
};

function head(model: string): JsonObject {
  return { id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null };
}

function contentOf({ pieces, reasoning, toolCalls }: FullAnswer): JsonObject[] {
  const thinking = reasoning === '' ? [] : [{ type: 'thinking', thinking: reasoning, signature: 'signed' }];
  const text = pieces.length === 0 ? [] : [{ type: 'text', text: pieces.join('') }];
  return [...thinking, ...text, ...toolCalls.map((call) => ({ type: 'tool_use', ...call }))];
}

function eventsOf({ pieces, reasoning, toolCalls, finish, usage }: FullAnswer, model: string): JsonObject[] {
  const blocks: { start: JsonObject; deltas: JsonObject[] }[] = [];
  if (reasoning !== '') {
    const deltas = [
      { type: 'thinking_delta', thinking: reasoning },
      { type: 'signature_delta', signature: 'signed' },
    ];
    blocks.push({ start: { type: 'thinking', thinking: '', signature: '' }, deltas });
  }
  if (pieces.length > 0) blocks.push({ start: { type: 'text', text: '' }, deltas: pieces.map((text) => ({ type: 'text_delta', text })) });
  for (const { id, name, input } of toolCalls) {
    const deltas = halves(input).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
    blocks.push({ start: { type: 'tool_use', id, name, input: {} }, deltas });
  }
  const start = { ...head(model), content: [], stop_reason: null, usage: { ...inputCounts(usage), output_tokens: 1 } };
  return [
    { type: 'message_start', message: start },
    { type: 'ping' },
    ...blocks.flatMap(({ start, deltas }, index) => [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stopReasons[finish], stop_sequence: null }, usage: outputCounts(usage) },
    { type: 'message_stop' },
  ];
}

/** Anthropic counts apart what was read from the cache and written to it. */
function inputCounts({ input_tokens, cache_read_tokens = 0, cache_write_tokens = 0 }: TokenUsage): JsonObject {
  return {
    input_tokens: input_tokens - cache_read_tokens - cache_write_tokens,
    cache_read_input_tokens: cache_read_tokens,
    cache_creation_input_tokens: cache_write_tokens,
  };
}

function outputCounts({ output_tokens, reasoning_tokens }: TokenUsage): JsonObject {
  return { output_tokens, ...(reasoning_tokens === undefined ? {} : { output_tokens_details: { thinking_tokens: reasoning_tokens } }) };
}
