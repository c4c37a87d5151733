import { pointerStep } from './json-pointer.ts';

/** A JSON value. Numbers are finite; text holds no NUL and no lone surrogate (S5). */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/** True for `{…}`, false for arrays, null and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Deeper values are refused: they come from hostile input or from a cycle. */
const maxDepth = 200;

/** Why a value is not JSON, and where (a JSON Pointer). */
export interface JsonFault {
  path: string;
  reason: string;
}

/** The first reason why `value` cannot be stored as JSON, or undefined if it can. Costs one walk over the value. */
export function jsonFault(value: unknown, depth = 0): JsonFault | undefined {
  switch (typeof value) {
    case 'string':
      return textFault(value);
    case 'number':
      return Number.isFinite(value) ? undefined : { path: '', reason: `${value} is not a JSON number` };
    case 'boolean':
      return undefined;
    case 'object':
      if (value === null) return undefined;
      if (depth >= maxDepth) return { path: '', reason: `nested more than ${maxDepth} levels deep` };
      return Array.isArray(value) ? arrayFault(value, depth) : objectFault(value, depth);
    default:
      return { path: '', reason: `a ${typeof value} is not a JSON value` };
  }
}

function textFault(text: string): JsonFault | undefined {
  if (text.includes('\u0000')) return { path: '', reason: 'text contains a NUL character' };
  if (!text.isWellFormed()) return { path: '', reason: 'text contains a lone surrogate' };
  return undefined;
}

function arrayFault(items: unknown[], depth: number): JsonFault | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const fault = jsonFault(items[index], depth + 1);
    if (fault) return below(index, fault);
  }
  return undefined;
}

function objectFault(value: object, depth: number): JsonFault | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return { path: '', reason: `a ${value.constructor?.name ?? 'class instance'} is not a plain object` };
  }
  for (const [key, member] of Object.entries(value)) {
    const fault = textFault(key) ?? jsonFault(member, depth + 1);
    if (fault) return below(key, fault);
  }
  return undefined;
}

/** Paths are made only where there is a fault to place; they can be stored themselves. */
function below(step: string | number, { path, reason }: JsonFault): JsonFault {
  return { path: `${pointerStep(storableText(String(step)))}${path}`, reason };
}

/** Text with what cannot be stored (S5) replaced by U+FFFD. */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}

/** A deep copy of a JSON value, for code that may change what it is given. */
export function copyJson<T extends Json>(value: T): T;
export function copyJson(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyJson(item));
  // Not by assignment: a member may be called __proto__.
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copyJson(member)]));
}

/**
 * JSON text with object keys in code-unit order and no white space: equal values give equal text.
 * Members that are undefined are left out, as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(isOrdered(value) ? value : ordered(value));
}

/** Most values are, or are small: a copy in order and the engine's own writer are quicker than a replacer called for every member. */
function isOrdered(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isOrdered);
  const keys = Object.keys(value);
  return isAscending(keys) && keys.every((key) => isOrdered((value as JsonObject)[key]));
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  const keys = Object.keys(value);
  if (!isAscending(keys)) keys.sort();
  // Integer-like keys come first in any object, whatever the insertion order: equal sets of keys still give equal text.
  if (keys.includes('__proto__')) return Object.fromEntries(keys.map((key) => [key, ordered((value as JsonObject)[key])]));
  const copy: Record<string, unknown> = {};
  for (const key of keys) copy[key] = ordered((value as JsonObject)[key]);
  return copy;
}

function isAscending(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) if ((keys[index - 1] as string) > (keys[index] as string)) return false;
  return true;
}
