import { canonicalJson, isJsonObject, type Json, pointerStep, sha256 } from '@espalier/core';

/** Longer texts, and longer fields of a payload, are kept once per content (S5): about two pages of a database. */
const largeLength = 16_384;

/** Where a value was taken out of a payload (a JSON Pointer), and the SHA-256 of its canonical text. */
export type LargeRef = [pointer: string, hash: string];

/** A payload as it is stored. */
export interface StoredPayload {
  /** Canonical JSON, with null where something was taken out. */
  text: string;
  /** What was taken out, in the order in which it is put back. */
  refs: LargeRef[];
  /** Canonical text by hash. */
  values: Map<string, string>;
}

const none: StoredPayload['values'] = new Map();

/**
 * Takes large texts out of a payload, however deep they are: a value that is handed on inside ever new objects is still stored once.
 * Fields that are large without them (a long list) are taken out as a whole. Costs nothing for a payload that is not large.
 */
export function storedPayload(payload: Json): StoredPayload {
  const text = canonicalJson(payload);
  if (text.length <= largeLength || !isJsonObject(payload)) return { text, refs: [], values: none };
  const extraction: Extraction = { refs: [], values: new Map() };
  const shell = Object.fromEntries(
    Object.entries(payload).map(([key, member]) => [
      key,
      withoutLargeField(withoutLargeTexts(member, pointerStep(key), extraction), pointerStep(key), extraction),
    ]),
  );
  return { text: canonicalJson(shell), refs: extraction.refs.reverse(), values: extraction.values };
}

/** A payload with all of its values in it: for statements that write events alone. */
export function inlinePayload(payload: Json): StoredPayload {
  return { text: canonicalJson(payload), refs: [], values: none };
}

interface Extraction {
  refs: LargeRef[];
  values: Map<string, string>;
}

function withoutLargeTexts(value: Json, pointer: string, into: Extraction): Json {
  if (typeof value === 'string') return value.length > largeLength ? takeOut(value, pointer, into) : value;
  if (Array.isArray(value)) return value.map((item, index) => withoutLargeTexts(item, `${pointer}${pointerStep(String(index))}`, into));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withoutLargeTexts(member, `${pointer}${pointerStep(key)}`, into)]),
  );
}

function withoutLargeField(value: Json, pointer: string, into: Extraction): Json {
  return typeof value === 'object' && canonicalJson(value).length > largeLength ? takeOut(value, pointer, into) : value;
}

function takeOut(value: Json, pointer: string, into: Extraction): null {
  const text = canonicalJson(value);
  const hash = sha256(text);
  into.values.set(hash, text);
  into.refs.push([pointer, hash]);
  return null;
}

/**
 * Puts back what was taken out, into the payload given.
 * @param parsed parses the text kept under a hash; called once per ref, so that no two places share an object.
 */
export function wholePayload(payload: Json, refs: readonly LargeRef[], parsed: (hash: string) => Json): Json {
  for (const [pointer, hash] of refs) {
    const steps = pointer.slice(1).split('/').map(unescapeStep);
    const last = steps.pop() as string;
    const holder = steps.reduce<Json>((value, step) => (value as Record<string, Json>)[step] ?? null, payload);
    if (typeof holder !== 'object' || holder === null) throw new RangeError(`no place ${pointer}`);
    Object.defineProperty(holder, last, { value: parsed(hash), enumerable: true, writable: true, configurable: true });
  }
  return payload;
}

function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
