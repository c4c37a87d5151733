import { expect, it } from 'vitest';
import { changeValue } from './change-value.ts';

it('changes one member and leaves the rest as it was', () => {
  const value = { title: 'Pears', parts: [{ name: 'a' }, { name: 'b' }] };
  expect(changeValue(value, '/title', 'Plums')).toEqual({ ...value, title: 'Plums' });
  expect(changeValue(value, '/parts/1/name', 'c')).toEqual({ title: 'Pears', parts: [{ name: 'a' }, { name: 'c' }] });
  expect(changeValue(value, '/new', 1)).toEqual({ ...value, new: 1 });
  expect(changeValue({ 'a/b': 1 }, '/a~1b', 2)).toEqual({ 'a/b': 2 });
  expect(changeValue(value, '', null)).toBeNull();
  expect(value.title).toBe('Pears');
});

it('a member called __proto__ is one like any other', () => {
  const changed = changeValue({}, '/__proto__', { polluted: true });
  expect(Object.hasOwn(changed as object, '__proto__')).toBe(true);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

it.each([
  ['/parts/2/name', 'a list of 2'],
  ['/title/x', 'no object'],
  ['/nowhere/x', 'title, parts'],
])('%s is refused: found %s', (pointer, found) => {
  expect(() => changeValue({ title: 'Pears', parts: [{}, {}] }, pointer, 1)).toThrow(found);
});
