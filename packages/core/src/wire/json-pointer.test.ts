import { describe, expect, it } from 'vitest';
import { jsonPointer } from './json-pointer.ts';

describe('JSON Pointers', () => {
  it.each([
    [[], ''],
    [['items', 0, 'name'], '/items/0/name'],
    [['a/b', 'c~d', '~1'], '/a~1b/c~0d/~01'],
    [['', '__proto__'], '//__proto__'],
  ])('of %j is %j', (path, pointer) => {
    expect(jsonPointer(path)).toBe(pointer);
  });
});
