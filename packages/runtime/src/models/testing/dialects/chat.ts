import type { JsonObject, TokenUsage } from '@espalier/core';
import type { FullAnswer } from '../scripted-answer.ts';
import { type Dialect, halves, modelInBody, sseEvent, streamedByBody } from './dialect.ts';

const finishReasons = { stop: 'stop', length: 'length', tool_calls: 'tool_calls', refusal: 'stop', content_filter: 'content_filter' };

/** Chat Completions, as Azure and most other servers speak it. */
export const chat: Dialect = {
  modelOf: (path, body) => /\/deployments\/([^/]+)\//.exec(path)?.[1] ?? modelInBody(path, body),
  isStreamed: streamedByBody,
  whole: (answer, model) => ({
    ...head(model),
    object: 'chat.completion',
    choices: [{ index: 0, message: messageOf(answer), finish_reason: finishReasons[answer.finish] }],
    usage: countsOf(answer.usage),
  }),
  events: (answer, model) => [...chunksOf(answer).map((chunk) => sseEvent({ ...head(model), ...chunk })), sseEvent('[DONE]')],
  error: (_status, { code = 'server_error', message = 'It failed.' }) => ({ error: { message, type: code, param: null, code } }),
  errorEvent: (status, error) => sseEvent(chat.error(status, error)),
};

function head(model: string): JsonObject {
  return { id: 'chatcmpl-1', created: 1_700_000_000, model };
}

function messageOf({ pieces, reasoning, toolCalls, finish }: FullAnswer): JsonObject {
  const text = pieces.join('');
  const calls = toolCalls.map(({ id, name, input }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(input) } }));
  return {
    role: 'assistant',
    ...(finish === 'refusal' ? { content: null, refusal: text } : { content: text === '' ? null : text }),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function chunksOf({ pieces, reasoning, toolCalls, finish, usage }: FullAnswer): JsonObject[] {
  const deltas: JsonObject[] = [{ role: 'assistant', content: '' }];
  if (reasoning !== '') deltas.push({ reasoning_content: reasoning });
  deltas.push(...pieces.map((text) => (finish === 'refusal' ? { refusal: text } : { content: text })));
  for (const [index, { id, name, input }] of toolCalls.entries()) {
    const [first, second] = halves(input);
    deltas.push({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: first } }] });
    deltas.push({ tool_calls: [{ index, function: { arguments: second } }] });
  }
  return [
    ...deltas.map((delta) => ({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null }] })),
    { object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: finishReasons[finish] }] },
    { object: 'chat.completion.chunk', choices: [], usage: countsOf(usage) },
  ];
}

function countsOf({ input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens }: TokenUsage): JsonObject {
  return {
    prompt_tokens: input_tokens,
    completion_tokens: output_tokens,
    total_tokens: input_tokens + output_tokens,
    prompt_tokens_details: {
      cached_tokens: cache_read_tokens ?? 0,
      ...(cache_write_tokens === undefined ? {} : { cache_write_tokens }),
    },
    completion_tokens_details: { reasoning_tokens: reasoning_tokens ?? 0 },
  };
}
