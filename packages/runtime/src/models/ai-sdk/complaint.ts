import { isJsonObject } from '@espalier/core';

/** What a provider says about a request that it did not answer. */
export interface Complaint {
  /** The HTTP status, or what stands for one inside a stream. */
  status: number | undefined;
  /** Its own names of the error, in small letters: `overloaded_error`, `context_length_exceeded`, `resource_exhausted`. */
  codes: ReadonlySet<string>;
  /** Its words; empty if there are none. */
  words: string;
  /** How long it asks to be left alone, where it says so beside its words. */
  retryAfterMs: number | undefined;
}

/** The complaint in the body of an HTTP error; without words if the body is not JSON, for it may hold anything. */
export function complaintOfBody(body: string, status: number): Complaint {
  return { ...(complaintOf(parsed(body)) ?? { codes: new Set(), words: '', retryAfterMs: undefined }), status };
}

/**
 * The complaint in what the SDK throws, or reports as an error, once a provider has answered 200; undefined if it only means that the
 * answer cannot be read.
 */
export function complaintOfError(thrown: unknown): Complaint | undefined {
  if (!(thrown instanceof Error)) return complaintOf(thrown);
  const statusCode = 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (typeof statusCode !== 'number' || statusCode < 400) return undefined;
  const responseBody = 'responseBody' in thrown ? thrown.responseBody : undefined;
  const said = complaintOf(typeof responseBody === 'string' ? parsed(responseBody) : responseBody);
  return said && { ...said, status: statusCode };
}

function complaintOf(value: unknown): Complaint | undefined {
  if (Array.isArray(value)) return complaintOf(value[0]);
  if (typeof value === 'string') return { status: undefined, codes: new Set(), words: value, retryAfterMs: undefined };
  if (!isJsonObject(value)) return undefined;
  const inner = value.error ?? (isJsonObject(value.response) ? value.response.error : undefined);
  if (inner !== undefined && inner !== null) return complaintOf(inner);
  const words = [value.message, value.detail].find((text) => typeof text === 'string');
  if (words === undefined) return undefined;
  return { status: statusOf(value), codes: codesOf(value), words, retryAfterMs: delayOf(value) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function statusOf({ statusCode, code, status }: Record<string, unknown>): number | undefined {
  return [statusCode, code, status].map(Number).find((number) => number >= 400 && number < 600);
}

/** Azure tells the reason as `innererror.code`, Google as `details[].reason`. */
function codesOf({ type, code, status, innererror, details }: Record<string, unknown>): Set<string> {
  const inside = [innererror, ...listOf(details)].flatMap((piece) => (isJsonObject(piece) ? [piece.code, piece.reason] : []));
  return new Set([type, code, status, ...inside].filter((name) => typeof name === 'string').map((name) => name.toLowerCase()));
}

/** Google: `{"@type": "…google.rpc.RetryInfo", "retryDelay": "31s"}` in `details`. */
function delayOf({ details }: Record<string, unknown>): number | undefined {
  for (const piece of listOf(details)) {
    const [, seconds] = /^(\d+(?:\.\d+)?)s$/.exec(isJsonObject(piece) ? String(piece.retryDelay) : '') ?? [];
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
