import { isJsonObject, type Json, type JsonObject, readConfidential } from '@espalier/core';
import { type CredentialPlace, credentialError } from './credential-error.ts';

const maxNames = 10;
/** What is longer or looks different may be a secret in the wrong place. */
const keyName = /^[A-Za-z_][\w.-]{0,31}$/;

/**
 * The text at a key of a JSON file (`.json`) or YAML file (any other name). A key with dots is taken as it stands if the file has it, and as a
 * path into nested mappings otherwise.
 * @throws EspalierError `credential.invalid`, with positions and names of keys, and no value.
 */
export function textAtKey(text: string, key: string, place: CredentialPlace): string {
  const value = valueAt(mappingOf(text, place), key, place);
  if (typeof value === 'string') return value;
  throw credentialError(
    'credential.invalid',
    place,
    `${place.name} holds ${kindOf(value)} at its file_key: expected text; put it in quotes.`,
  );
}

function mappingOf(text: string, place: CredentialPlace): JsonObject {
  const read = readConfidential({ path: place.name, text });
  if ('value' in read) return read.value;
  const { line, column, message } = read.problem;
  throw credentialError('credential.invalid', place, `${place.name}:${line}:${column} cannot be read by key. ${message}`);
}

function valueAt(mapping: JsonObject, key: string, place: CredentialPlace): Json {
  const whole = ownValue(mapping, key);
  if (whole !== undefined) return whole;
  let value: Json = mapping;
  for (const step of key.split('.')) {
    const inner: Json | undefined = isJsonObject(value) ? ownValue(value, step) : undefined;
    if (inner === undefined) throw noSuchKey(value, place);
    value = inner;
  }
  return value;
}

function ownValue(mapping: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** @param value where the search came to an end. */
function noSuchKey(value: Json, place: CredentialPlace) {
  const said = `${place.name} has nothing at the file_key that provider_credentials names. ${availableKeys(value)}`;
  return credentialError('credential.invalid', place, said);
}

function availableKeys(value: Json): string {
  const keys = isJsonObject(value) ? Object.keys(value) : [];
  const names = keys.filter((key) => keyName.test(key)).slice(0, maxNames);
  const others = keys.length - names.length;
  if (names.length === 0) return 'No key that can be named is there.';
  return `There: ${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}.`;
}

function kindOf(value: Json): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}
