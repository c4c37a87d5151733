import type { JsonObject, TokenUsage } from '@espalier/core';
import type { ProviderName } from '../providers.ts';
import { chat } from './dialects/chat.ts';
import type { Dialect, ScriptedError } from './dialects/dialect.ts';
import { generateContent } from './dialects/generate-content.ts';
import { messages } from './dialects/messages.ts';
import { responses } from './dialects/responses.ts';
import { fullAnswer, type ScriptedAnswer } from './scripted-answer.ts';

/** Bytes to send, or milliseconds to wait. */
export type Piece = string | Uint8Array | { waitMs: number };

/** An answer to the byte. */
export interface Reply {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** Written one after the other. With none, and an ending that is no end, nothing is sent at all. */
  body?: readonly Piece[];
  /** What comes after the body: the end of the answer; the socket is cut; or nothing, for ever. */
  ending?: 'end' | 'cut' | 'stall';
  /** What the request has used once all of it is sent. */
  usage?: TokenUsage;
}

/** A request as it came in. */
export interface ReceivedRequest {
  provider: ProviderName;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: JsonObject;
  model: string;
  isStreamed: boolean;
}

/** Makes the answer to a request. */
export type Step = (request: ReceivedRequest) => Reply | Promise<Reply>;

export const dialects: Readonly<Record<ProviderName, Dialect>> = {
  anthropic: messages,
  openai: responses,
  azure: chat,
  google: generateContent,
  'openai-compatible': chat,
};

const json = { 'content-type': 'application/json' };
const eventStream = { 'content-type': 'text/event-stream' };

/** A right answer in the provider's own form: streamed to a request that asks for a stream. */
export function answering(answer: ScriptedAnswer): Step {
  const full = fullAnswer(answer);
  return ({ provider, model, isStreamed }) => {
    const { whole, events } = dialects[provider];
    const { usage } = full;
    if (isStreamed) return { headers: eventStream, body: events(full, model), usage };
    return { headers: json, body: [JSON.stringify(whole(full, model))], usage };
  };
}

/** An HTTP error in the provider's own form. */
export function failing(status: number, { headers = {}, ...error }: ScriptedError & { headers?: Record<string, string> } = {}): Step {
  return ({ provider }) => ({ status, headers: { ...json, ...headers }, body: [JSON.stringify(dialects[provider].error(status, error))] });
}

interface Break {
  /** How many pieces are sent whole: of a streamed answer its events, of another one its two halves. */
  after: number;
  /** Whether half of the next piece is sent as well. */
  midway?: boolean;
  ending: NonNullable<Reply['ending']>;
}

/** An answer that breaks off. The request counts as not served. */
export function breakingOff(step: Step, { after, midway = false, ending }: Break): Step {
  return async (request) => {
    const { usage: _, ...reply } = await step(request);
    const pieces = inPieces(reply.body ?? []);
    const next = pieces[after];
    const rest = midway && typeof next === 'string' ? [next.slice(0, Math.ceil(next.length / 2))] : [];
    return { ...reply, body: [...pieces.slice(0, after), ...rest], ending };
  };
}

/** An error inside a stream, after some of its events. */
export function failingAfter(step: Step, after: number, error: ScriptedError & { status: number }): Step {
  return async (request) => {
    const { usage: _, ...reply } = await step(request);
    const event = dialects[request.provider].errorEvent(error.status, error);
    return { ...reply, body: [...(reply.body ?? []).slice(0, after), event] };
  };
}

/** An answer that takes its time: waits before each of its pieces. */
export function slowly(step: Step, waitMs: number): Step {
  return async (request) => {
    const reply = await step(request);
    return { ...reply, body: inPieces(reply.body ?? []).flatMap((piece) => [{ waitMs }, piece]) };
  };
}

function inPieces(body: readonly Piece[]): readonly Piece[] {
  const [only] = body;
  if (body.length !== 1 || typeof only !== 'string') return body;
  const middle = Math.ceil(only.length / 2);
  return [only.slice(0, middle), only.slice(middle)];
}
