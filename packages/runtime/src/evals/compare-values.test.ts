import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, equal, wordOverlap } from './compare-values.ts';
import { valueAt } from './field-path.ts';

describe('the values of assertions (ENG-E)', () => {
  it('are equal whatever the order of members, and not otherwise', () => {
    expect(equal({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
    expect(equal([1, 2], [2, 1])).toBe(false);
    expect(equal('1', 1)).toBe(false);
  });

  it.each([
    ['a harvest supper', 'vest su', true],
    ['a harvest supper', 'Harvest', false],
    [['goals', 'stalls'], 'goals', true],
    [['goals', 'stalls'], 'goal', false],
    [['goals', 'stalls'], ['stalls', 'goals'], true],
    [['goals'], ['goals', 'stalls'], false],
    [[{ id: 1, name: 'a' }], { id: 1 }, true],
    [[{ id: 1, name: 'a' }], { id: 2 }, false],
    [{ title: 'A', tone: { mood: 'calm', x: 1 } }, { tone: { mood: 'calm' } }, true],
    [{ title: 'A' }, { title: 'A', tone: 'calm' }, false],
    [{ title: 'A' }, { toString: null }, false],
    [3, 3, true],
    [3, 4, false],
    [null, null, true],
    ['3', 3, false],
  ])('%j contains %j: %s', (actual, expected, holds) => {
    expect(contains(actual, expected)).toBe(holds);
  });

  it('every JSON value contains itself', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => contains(value as never, value as never)));
  });

  it('share words: none, some, all, each as often as it occurs', () => {
    expect(wordOverlap('', '')).toBe(1);
    expect(wordOverlap('red', '')).toBe(0);
    expect(wordOverlap('Red, green!', 'green red')).toBe(1);
    expect(wordOverlap('red red red', 'red')).toBe(0.5);
    expect(wordOverlap('a b c d', 'c d e f')).toBe(0.5);
  });

  it('the overlap of words is symmetric and between 0 and 1', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é', '.') });
    fc.assert(
      fc.property(text, text, (left, right) => {
        const overlap = wordOverlap(left, right);
        expect(overlap).toBe(wordOverlap(right, left));
        expect(overlap).toBeGreaterThanOrEqual(0);
        expect(overlap).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a field path (ENG-E)', () => {
  const value = { summary: { title: 'A' }, items: [{ name: 'x' }], 'a.b': { '/': ['deep'] }, none: null };

  it.each([
    [undefined, value],
    ['summary.title', 'A'],
    ['items.0.name', 'x'],
    ['none', null],
    ['/a.b/~1/0', 'deep'],
  ])('%s leads to a value', (path, expected) => {
    expect(valueAt(value, path)).toEqual({ found: true, value: expected });
  });

  it.each([
    ['summary.titel', 'titel'],
    ['items.1', '1'],
    ['items.00', '00'],
    ['items.length', 'length'],
    ['summary.title.length', 'length'],
    ['summary.constructor', 'constructor'],
    ['none.deeper', 'deeper'],
  ])('%s leads nowhere', (path, missing) => {
    expect(valueAt(value, path)).toEqual({ found: false, missing });
  });
});
