import { describe, expect, it } from 'vitest';
import { nearestName, nearestNames } from './nearest-name.ts';

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

describe('the nearest names', () => {
  it('come in the order of their edits', () => {
    expect(nearestNames('opneai', ['anthropic', 'offline', 'openai'], 2)).toEqual(['openai', 'offline']);
  });

  it('are given however far they are, in the order of their letters if equally far', () => {
    expect(nearestNames('', ['b', 'a'])).toEqual(['a', 'b']);
    expect(nearestNames('x'.repeat(5000), ['y'.repeat(5000), 'X'.repeat(5000)])[0]).toMatch(/^X/);
  });
});
