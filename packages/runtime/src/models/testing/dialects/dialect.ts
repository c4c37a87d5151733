import type { JsonObject } from '@espalier/core';
import type { FullAnswer } from '../scripted-answer.ts';

/** What a provider says of an error. */
export interface ScriptedError {
  /** The provider's name of the error. */
  code?: string;
  message?: string;
}

/** The words and forms of one API. */
export interface Dialect {
  /** The model that a request names. */
  modelOf(path: string, body: JsonObject): string;
  isStreamed(path: string, body: JsonObject): boolean;
  whole(answer: FullAnswer, model: string): JsonObject;
  /** Server-sent events, each whole. */
  events(answer: FullAnswer, model: string): string[];
  error(status: number, error: ScriptedError): JsonObject;
  /** An error inside a stream, as an event. */
  errorEvent(status: number, error: ScriptedError): string;
}

/** One server-sent event. */
export function sseEvent(data: JsonObject | string, name?: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${text}\n\n`;
}

/** JSON in two pieces, as arguments of tools are streamed. */
export function halves(value: JsonObject): [string, string] {
  const text = JSON.stringify(value);
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** The model in the body, where most APIs want it. */
export function modelInBody(_path: string, { model }: JsonObject): string {
  return typeof model === 'string' ? model : '';
}

/** `"stream": true` in the body, where most APIs want it. */
export function streamedByBody(_path: string, { stream }: JsonObject): boolean {
  return stream === true;
}
