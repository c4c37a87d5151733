import type { Json } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { builtInReducer, type MergeEntry } from './reducers.ts';

const entriesOf = (outputs: Json[]): MergeEntry[] =>
  outputs.map((output, index) => ({ node: `n${index}`, task: `root/${index}`, status: 'success', output, metadata: { index } }));
const reduce = (name: string, outputs: Json[]) => builtInReducer(name)?.(entriesOf(outputs));

describe('the reducers of merges (S18)', () => {
  it('list gives the entries as they are', () => {
    expect(reduce('list', ['a'])).toStrictEqual([{ node: 'n0', task: 'root/0', status: 'success', output: 'a', metadata: { index: 0 } }]);
    expect(reduce('list', [])).toStrictEqual([]);
  });

  it.each<[Json[], Json]>([
    [['a', 'b'], 'a\n\nb'],
    [
      [[1], [], [2, [3]]],
      [1, 2, [3]],
    ],
    [
      ['a', [1]],
      ['a', [1]],
    ],
    [[{ a: 1 }], [{ a: 1 }]],
    [[], []],
  ])('concat of %j is %j', (outputs, expected) => {
    expect(reduce('concat', outputs)).toStrictEqual(expected);
  });

  it('last gives the last output, or null', () => {
    expect(reduce('last', [1, 2])).toBe(2);
    expect(reduce('last', [])).toBeNull();
  });

  it('vote gives the most frequent output whatever its key order, and the earliest of those that tie', () => {
    expect(reduce('vote', ['x', { a: 1, b: 2 }, { b: 2, a: 1 }])).toStrictEqual({ a: 1, b: 2 });
    expect(reduce('vote', ['b', 'a', 'a', 'b'])).toBe('b');
    expect(reduce('vote', [])).toBeNull();
  });

  it.each(['./reducers/x.ts#f', 'constructor', '__proto__'])('%s is not built in', (name) => {
    expect(builtInReducer(name)).toBeUndefined();
  });
});
