import { isJsonObject, type Json, type JsonObject, type NodeManifest } from '@espalier/core';
import { z } from 'zod';
import type { Handler } from './handler.ts';
import { handlerParameters } from './handler-parameters.ts';

const schema = z.strictObject({
  defaults: z.record(z.string(), z.json()).default({}).describe('Values of keys that the input lacks.'),
  field: z.string().min(1).default('text').describe('The key that a plain text gets.'),
});

/**
 * `normalise`: always an object. A text becomes `{ [field]: text }`, any other non-object `{ value }`; texts at any depth are
 * normalised (see `normaliseText`), and `defaults` fill the keys that are missing.
 */
export function createNormalise(node: NodeManifest): Handler {
  const { defaults, field } = handlerParameters(node, schema);
  return (input) => ({ ...(defaults as JsonObject), ...asObject(input, field) });
}

function asObject(input: Json, field: string): JsonObject {
  if (typeof input === 'string') return { [field]: normaliseText(input) };
  return isJsonObject(input) ? normaliseObject(input) : { value: normaliseValue(input) };
}

function normaliseValue(value: Json): Json {
  if (typeof value === 'string') return normaliseText(value);
  if (Array.isArray(value)) return value.map(normaliseValue);
  return isJsonObject(value) ? normaliseObject(value) : value;
}

function normaliseObject(value: JsonObject): JsonObject {
  // fromEntries makes `__proto__` an ordinary key.
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normaliseValue(member)]));
}

/** Unicode NFC, LF line ends, no byte order mark, no spaces or tabs at the end of a line. */
function normaliseText(text: string): string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  return lines.map(withoutTrailingSpaces).join('\n');
}

/** A regular expression would need quadratic time on long runs of spaces. */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line.slice(0, end);
}
