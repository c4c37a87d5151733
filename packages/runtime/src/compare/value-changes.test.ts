import { canonicalJson, type Json } from '@espalier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChanges } from './testing/apply-changes.ts';
import { areEqual, valueChanges } from './value-changes.ts';

/** JSON values of few different parts, so that two of them have something in common. */
const values = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, 1, '', 'a'),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b/c', '~', '', '0', '__proto__', 'toString'), tie('value')), { maxLength: 4 })
      .map((members): Json => Object.fromEntries(members)),
  ),
})).value;

describe('ENG-T1 the changes from one value to another', () => {
  it('applied to the one give the other, and there are none between equal values', () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const changes = valueChanges(before, after);
        expect(canonicalJson(applyChanges(before, changes))).toBe(canonicalJson(after));
        expect(changes.length === 0).toBe(canonicalJson(before) === canonicalJson(after));
        expect(areEqual(before, after)).toBe(changes.length === 0);
        expect(valueChanges(before, structuredClone(before))).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });

  it('say as little as they can: members by name, lists from both ends', () => {
    expect(valueChanges({ kept: [1, { deep: 'x' }], gone: 1 }, { kept: [1, { deep: 'y' }], 'new/~': 2 })).toEqual([
      { op: 'replace', path: '/kept/1/deep', before: 'x', after: 'y' },
      { op: 'remove', path: '/gone', before: 1 },
      { op: 'add', path: '/new~1~0', after: 2 },
    ]);
    expect(valueChanges(['a', 'c', 'd'], ['a', 'b', 'c', 'd'])).toEqual([{ op: 'add', path: '/1', after: 'b' }]);
    expect(valueChanges(['a', 'b', 'c', 'd'], ['a', 'd'])).toEqual([
      { op: 'remove', path: '/2', before: 'c' },
      { op: 'remove', path: '/1', before: 'b' },
    ]);
  });

  it('take an object for another one if no member has the same name', () => {
    expect(valueChanges({ a: 1, b: 2 }, { c: 1 })).toEqual([{ op: 'replace', path: '', before: { a: 1, b: 2 }, after: { c: 1 } }]);
    expect(valueChanges({}, { c: 1 })).toEqual([{ op: 'add', path: '/c', after: 1 }]);
  });

  it('know a value that is not there from null', () => {
    expect(valueChanges(undefined, null)).toEqual([{ op: 'add', path: '', after: null }]);
    expect(valueChanges(null, undefined)).toEqual([{ op: 'remove', path: '', before: null }]);
    expect(valueChanges([], {})).toEqual([{ op: 'replace', path: '', before: [], after: {} }]);
  });
});
