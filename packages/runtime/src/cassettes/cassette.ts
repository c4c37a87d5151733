import {
  canonicalJson,
  type ErrorCode,
  EspalierError,
  errorCatalogue,
  type Json,
  jsonPointer,
  sha256,
  tokenUsageSchema,
} from '@espalier/core';
import { z } from 'zod';
import type { FailureKind } from '../models/model-failure.ts';
import type { FinishReason } from '../ports/model.ts';

/** What the first line of a cassette says of it. */
const headerSchema = z.strictObject({
  cassette: z.literal(1),
  /** The version of Espalier that recorded it. */
  espalier: z.string(),
  recorded_at: z.iso.datetime(),
  workflow: z.string().exactOptional(),
  /** What placeholders are derived with (Scrub). */
  scrub_key: z.string().regex(/^[\da-f]{32}$/),
});
export type CassetteHeader = z.infer<typeof headerSchema>;

/** A line holds what JSON.parse gave: checking it again would only copy it. */
const json = z.custom<Json>((value) => value !== undefined);

const faultSchema = z.strictObject({
  code: z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(errorCatalogue, value)),
  message: z.string(),
  details: z.record(z.string(), json).exactOptional(),
});

const failureKinds = {
  ...{ rate_limited: 'rate_limited', overloaded: 'overloaded', unavailable: 'unavailable', timed_out: 'timed_out' },
  ...{ interrupted: 'interrupted', malformed: 'malformed', unauthorised: 'unauthorised', not_found: 'not_found' },
  ...{ invalid: 'invalid', too_long: 'too_long', quota: 'quota' },
} as const satisfies { [Kind in FailureKind]: Kind };

const finishReasons = {
  ...{ stop: 'stop', length: 'length', tool_calls: 'tool_calls' },
  ...{ refusal: 'refusal', content_filter: 'content_filter', other: 'other' },
} as const satisfies { [Reason in FinishReason]: Reason };

/** What a call threw that was no failure of a provider. */
const thrownSchema = z.strictObject({ error: faultSchema });

const modelFailureSchema = z.strictObject({
  kind: z.enum(failureKinds),
  message: z.string(),
  status: z.int().exactOptional(),
  retry_after_ms: z.number().exactOptional(),
  used: z.union([z.literal('none'), z.literal('unknown'), tokenUsageSchema]),
});

const modelResponseSchema = z.strictObject({
  text: z.string(),
  reasoning: z.string().exactOptional(),
  tool_calls: z.array(z.strictObject({ id: z.string(), name: z.string(), input: json })).exactOptional(),
  finish: z.enum(finishReasons).exactOptional(),
  usage: tokenUsageSchema,
});

/** A file that a tool wrote: as UTF-8, or where it is none, one character per byte. */
const fileSchema = z.strictObject({
  path: z.string(),
  media_type: z.string(),
  encoding: z.enum(['utf8', 'latin1']),
  content: z.string(),
});

const toolResponseSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.enum(['success', 'partial']), output: json, files: z.array(fileSchema).exactOptional() }),
  z.strictObject({ outcome: z.literal('failure'), error: faultSchema }),
]);

const callShape = {
  /** `provider/model`, or the id of the tool. */
  target: z.string(),
  /** The SHA-256 of the request, in hexadecimal. */
  hash: z.string(),
  /** The how many-eth of equal requests it was, from 1; a number is left out where a call ended without an answer. */
  occurrence: z.int().min(1),
  request: json,
};
const modelShape = {
  kind: z.literal('model'),
  ...callShape,
  /** Whether the provider was asked for tools in its own way, which shapes requests. */
  calls_tools: z.literal(true).exactOptional(),
  /** The pieces in which the text came. */
  deltas: z.array(z.string()).exactOptional(),
};
const toolShape = { kind: z.literal('tool'), ...callShape };
const answeredSchemas = {
  model: z.strictObject({ ...modelShape, response: modelResponseSchema }),
  tool: z.strictObject({ ...toolShape, response: toolResponseSchema }),
};
const failedSchemas = {
  model: z.strictObject({ ...modelShape, failure: z.union([modelFailureSchema, thrownSchema]) }),
  tool: z.strictObject({ ...toolShape, failure: thrownSchema }),
};

export type ModelCall = z.infer<typeof answeredSchemas.model> | z.infer<typeof failedSchemas.model>;
export type ToolCall = z.infer<typeof answeredSchemas.tool> | z.infer<typeof failedSchemas.tool>;
/** One call as a line of a cassette holds it. */
export type RecordedCall = ModelCall | ToolCall;

/** Where a line is: how messages name its file, and its number. */
export interface LinePlace {
  file: string;
  line: number;
}

/** @throws EspalierError `cassette.invalid`. */
export function decodeHeader(text: string, place: LinePlace): CassetteHeader {
  const value = parseLine(text, place);
  const version = z.object({ cassette: z.number() }).safeParse(value);
  if (!version.success) throw invalid(place, 'expected the header of a cassette, {"cassette":1,…}');
  if (version.data.cassette !== 1) throw invalid(place, `expected a cassette of version 1, found ${version.data.cassette}`);
  return checked(headerSchema, value, place);
}

/** A call as it was read. */
export interface Entry<Call extends RecordedCall = RecordedCall> {
  call: Call;
  /** The line it stands on. */
  line: number;
  /** The length of its request as text. */
  size: number;
}

/** @throws EspalierError `cassette.invalid`, also where the hash is not that of the request. */
export function decodeCall(text: string, place: LinePlace): Entry {
  const value = parseLine(text, place);
  const { kind } = checked(z.object({ kind: z.enum(['model', 'tool']) }), value, place);
  const schemas = z.object({ failure: json }).safeParse(value).success ? failedSchemas : answeredSchemas;
  const schema: z.ZodType<RecordedCall> = schemas[kind];
  const call = checked(schema, value, place);
  const request = canonicalText(call.request, place);
  if (call.hash !== sha256(request)) throw invalid(place, 'the hash is not that of the request, which was changed by hand');
  return { call, line: place.line, size: request.length };
}

/** One line, newline included. */
export function encodeLine(value: CassetteHeader | RecordedCall): string {
  return `${JSON.stringify(value)}\n`;
}

function parseLine(text: string, place: LinePlace): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(place, 'not a line of JSON');
  }
}

function canonicalText(request: Json, place: LinePlace): string {
  try {
    return canonicalJson(request);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw invalid(place, 'the request is nested too deeply');
    throw thrown;
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, place: LinePlace): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(place, issue === undefined ? parsed.error.message : `${issue.message} at ${jsonPointer(issue.path) || 'the top'}`);
}

/** That a file is no cassette, and where. */
export function invalid({ file, line }: LinePlace, reason: string): EspalierError {
  return new EspalierError('cassette.invalid', `${file}, line ${line}: ${reason}.`, { details: { file, line } });
}
