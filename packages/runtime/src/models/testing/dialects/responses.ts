import type { JsonObject, TokenUsage } from '@espalier/core';
import type { FullAnswer } from '../scripted-answer.ts';
import { type Dialect, halves, modelInBody, sseEvent, streamedByBody } from './dialect.ts';

/** The Responses API of OpenAI. */
export const responses: Dialect = {
  modelOf: modelInBody,
  isStreamed: streamedByBody,
  whole: (answer, model) => ({ ...head(model), ...endOf(answer), output: itemsOf(answer).map(({ item }) => item) }),
  events: (answer, model) =>
    eventsOf(answer, model).map((event, sequence_number) => sseEvent({ ...event, sequence_number }, String(event.type))),
  error: (_status, { code = 'server_error', message = 'It failed.' }) => ({ error: { message, type: code, param: null, code } }),
  errorEvent: (_status, { code = 'server_error', message = 'It failed.' }) =>
    sseEvent({ type: 'error', sequence_number: 99, error: { type: code, code, message, param: null } }, 'error'),
};

function head(model: string): JsonObject {
  return { id: 'resp_1', object: 'response', created_at: 1_700_000_000, model };
}

function endOf({ finish, usage }: FullAnswer): JsonObject {
  const reason = finish === 'length' ? 'max_output_tokens' : finish === 'content_filter' ? 'content_filter' : undefined;
  return {
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    usage: countsOf(usage),
  };
}

/** An item of the output, and the events that fill it. */
interface Item {
  item: JsonObject;
  empty: JsonObject;
  deltas: JsonObject[];
}

function itemsOf({ pieces, reasoning, toolCalls, finish }: FullAnswer): Item[] {
  const thoughts = reasoning === '' ? [] : [reasoningItem(reasoning)];
  const text = pieces.length === 0 ? [] : [messageItem(pieces, finish === 'refusal')];
  return [...thoughts, ...text, ...toolCalls.map(callItem)];
}

function reasoningItem(text: string): Item {
  const item = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text }] };
  const deltas = [
    { type: 'response.reasoning_summary_part.added', summary_index: 0 },
    { type: 'response.reasoning_summary_text.delta', summary_index: 0, delta: text },
    { type: 'response.reasoning_summary_part.done', summary_index: 0 },
  ];
  return { item, empty: { ...item, summary: [] }, deltas };
}

function messageItem(pieces: readonly string[], refuses: boolean): Item {
  const text = pieces.join('');
  const content = refuses ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [] };
  const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [content] };
  const type = refuses ? 'response.refusal.delta' : 'response.output_text.delta';
  return { item, empty: { ...item, content: [] }, deltas: pieces.map((delta) => ({ type, content_index: 0, delta })) };
}

function callItem({ id, name, input }: FullAnswer['toolCalls'][number]): Item {
  const item = { type: 'function_call', id: `fc_${id}`, call_id: id, name, arguments: JSON.stringify(input), status: 'completed' };
  const deltas = halves(input).map((delta) => ({ type: 'response.function_call_arguments.delta', delta }));
  return { item, empty: { ...item, arguments: '', status: 'in_progress' }, deltas };
}

function eventsOf(answer: FullAnswer, model: string): JsonObject[] {
  const end = endOf(answer);
  return [
    { type: 'response.created', response: head(model) },
    { type: 'response.in_progress', response: head(model) },
    ...itemsOf(answer).flatMap(({ item, empty, deltas }, output_index) => [
      { type: 'response.output_item.added', output_index, item: empty },
      ...deltas.map((delta) => ({ ...delta, item_id: String(item.id), output_index })),
      { type: 'response.output_item.done', output_index, item },
    ]),
    { type: `response.${String(end.status)}`, response: { ...head(model), ...end } },
  ];
}

function countsOf({ input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens }: TokenUsage): JsonObject {
  return {
    input_tokens,
    input_tokens_details: {
      cached_tokens: cache_read_tokens ?? 0,
      ...(cache_write_tokens === undefined ? {} : { cache_write_tokens }),
    },
    output_tokens,
    output_tokens_details: { reasoning_tokens: reasoning_tokens ?? 0 },
    total_tokens: input_tokens + output_tokens,
  };
}
