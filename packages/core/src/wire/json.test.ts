import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type Json } from './json.ts';

/** The same value with the members of every object in the opposite order. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('S5 canonical JSON', () => {
  it('is the same text for equal values, and says what they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(value as Json))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 2000 },
    );
  });

  it('has members in code-unit order, without those that are undefined', () => {
    expect(canonicalJson({ b: 1, a: { d: undefined, c: [{ z: 1, y: 2 }] }, é: 0, Z: 0 })).toBe(
      '{"Z":0,"a":{"c":[{"y":2,"z":1}]},"b":1,"é":0}',
    );
    expect(canonicalJson({ 10: 'b', 9: 'a' })).toBe('{"9":"a","10":"b"}');
  });

  it('a member called __proto__ is one like any other', () => {
    const value: unknown = JSON.parse('{"b":1,"__proto__":{"d":1,"c":2}}');
    expect(canonicalJson(value)).toBe('{"__proto__":{"c":2,"d":1},"b":1}');
  });
});
