import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

describe('the nearest name (ENG-M1)', () => {
  it.each([
    ['agnet_id', ['kind', 'agent_id'], 'agent_id'],
    ['Kind', ['kind'], 'kind'],
    ['default', ['default_start'], undefined],
    ['lits', ['last', 'list'], 'list'],
    ['to', ['id', 'as'], undefined],
    ['brnch', ['branch'], 'branch'],
    ['colour', ['color', 'colours'], 'color'],
    ['x'.repeat(5000), ['x'.repeat(5001)], undefined],
  ])('of %s among %j is %s', (name, candidates, expected) => {
    expect(nearestName(name, candidates)).toBe(expected);
  });
});
