import { expect, it } from 'vitest';
import { timeBound } from './time-bound.ts';

const now = Date.parse('2026-11-30T12:00:00Z');

it.each([
  ['7d', '2026-11-23T12:00:00Z'],
  ['12h', '2026-11-30T00:00:00Z'],
  ['90m', '2026-11-30T10:30:00Z'],
  ['2w', '2026-11-16T12:00:00Z'],
  ['2026-11-01', '2026-11-01T00:00:00Z'],
  ['2026-11-01T09:30Z', '2026-11-01T09:30:00Z'],
  ['2026-11-01T09:30:15+02:00', '2026-11-01T07:30:15Z'],
])('reads %s', (text, expected) => {
  expect(timeBound(text, now)).toBe(Date.parse(expected));
});

it('reads a time without a zone as one of this place', () => {
  expect(timeBound('2026-11-01T09:30', now)).toBe(new Date(2026, 10, 1, 9, 30).getTime());
});

it.each(['', '7', 'd', '-7d', '7y', 'yesterday', '2026-13-01', '2026-11', '01.11.2026'])('refuses %s', (text) => {
  expect(() => timeBound(text, now)).toThrow(/such as 7d/);
});
