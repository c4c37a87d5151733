import { EspalierError, type Json, type JsonObject, jsonFault } from '@espalier/core';
import { isFunctionValue } from './function-value.ts';

/** As `jsonFault` has it; asked before the copy, whose own recursion has no other end. */
const maxDepth = 200;

/**
 * A JSONata result as plain JSON of its own: no sequence markers, no shared or inherited members, undefined → null, -0 → 0.
 * @throws EspalierError `expression.failed` naming the place of what is not JSON.
 */
export function jsonResult(result: unknown): Json {
  const copy = copyOf(result, '', 0);
  const fault = jsonFault(copy);
  if (fault) throw notJson(fault.path, fault.reason);
  return copy;
}

function copyOf(value: unknown, path: string, depth: number): Json {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return value === 0 ? 0 : value;
    case 'object':
      if (value === null) return null;
      if (isFunctionValue(value)) throw notJson(path, 'a function is not a JSON value');
      if (depth >= maxDepth) throw notJson('', `nested more than ${maxDepth} levels deep`);
      return Array.isArray(value)
        ? value.map((item, index) => copyOf(item, `${path}/${index}`, depth + 1))
        : copyObject(value, path, depth);
    default:
      throw notJson(path, `a ${typeof value} is not a JSON value`);
  }
}

function copyObject(value: object, path: string, depth: number): JsonObject {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) throw notJson(path, 'a host object is not a JSON value');
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const own = copyOf(member, `${path}/${key}`, depth + 1);
    // Assigning to `__proto__` would set the prototype instead of a member.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: own, enumerable: true, configurable: true, writable: true });
    else copy[key] = own;
  }
  return copy;
}

function notJson(path: string, reason: string): EspalierError {
  return new EspalierError('expression.failed', `The result of the expression is not JSON${path === '' ? '' : ` at ${path}`}: ${reason}.`);
}
