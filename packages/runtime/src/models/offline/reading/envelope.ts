import { isJsonObject, type Json } from '@espalier/core';
import type { ModelMessage } from '../../../ports/model.ts';

/** The request as the agent node laid it out: the node's input and the context pieces, oldest first. */
export interface Envelope {
  input: Json;
  context: Json[];
  /** The system messages, joined. */
  system: string;
}

/**
 * Reads `{"input": …, "context": [{"from", "value"}]}` from the last user message of that form; later user messages are corrections.
 * Without one, the last user message is the input: as JSON if it is JSON, else as text.
 */
export function readEnvelope(messages: readonly ModelMessage[]): Envelope {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const user = messages.filter(({ role }) => role === 'user').map(({ content }) => parsed(content));
  const laidOut = user.findLast((value) => isJsonObject(value) && 'input' in value);
  const base = { system: system.join('\n\n') };
  if (!isJsonObject(laidOut)) return { ...base, input: user.at(-1) ?? '', context: [] };
  const context = Array.isArray(laidOut.context) ? laidOut.context : [];
  return { ...base, input: laidOut.input ?? '', context: context.map((piece) => (isJsonObject(piece) ? (piece.value ?? piece) : piece)) };
}

function parsed(content: string): Json {
  if (!/^\s*[[{"]/u.test(content)) return content;
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}
