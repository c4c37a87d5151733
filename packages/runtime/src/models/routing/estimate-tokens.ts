import type { JsonObject } from '@espalier/core';
import { estimateTokenCount } from 'tokenx';
import type { ModelMessage, ModelTool } from '../../ports/model.ts';
import { excerpt } from './excerpt.ts';

/** Longer texts are estimated from slices of as many characters in all: about 10 ms at the very most, however hostile they are. */
const estimatedLength = 64 * 1024;

/** What a request sends to a model. */
export interface SentRequest {
  messages: readonly ModelMessage[];
  schema?: JsonObject | undefined;
  tools?: readonly ModelTool[] | undefined;
}

/** About how many tokens a request takes, its schema and tools included. Never for billing: no estimate matches a provider's count. */
export function estimateTokens({ messages, schema, tools = [] }: SentRequest): number {
  const sent = messages.map(sentText);
  if (schema) sent.push(JSON.stringify(schema));
  if (tools.length > 0) sent.push(JSON.stringify(tools));
  return estimate(sent.join('\n'));
}

function sentText(message: ModelMessage): string {
  if (message.role !== 'assistant' || !message.tool_calls?.length) return message.content;
  return `${message.content}\n${JSON.stringify(message.tool_calls)}`;
}

function estimate(text: string): number {
  const looked = excerpt(text, estimatedLength);
  return Math.round(estimateTokenCount(looked) * (looked === text ? 1 : text.length / looked.length));
}
