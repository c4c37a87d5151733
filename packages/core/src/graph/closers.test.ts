import { describe, expect, it } from 'vitest';
import { compileDrawing, type Notes } from '../engine/testing/draw-graph.ts';
import { mergeNote, overItems } from '../engine/testing/notes.ts';

/** Who closes what from one start, as `opener: merge`; or the codes of the problems. */
function closers(arrows: string, notes?: Notes, start?: string): Record<string, string> | string[] {
  const result = compileDrawing(arrows, notes);
  if (!result.ok) return result.problems.map(({ code }) => code);
  const from = result.graph.starts.find(({ id }) => id === (start ?? result.graph.defaultStart.id));
  if (!from) throw new Error(`no start ${start}`);
  const { closerOf, openerOf } = result.graph.closersFrom(from);
  expect(closerOf.size).toBe(openerOf.size);
  return Object.fromEntries([...closerOf].map(([opener, closer]) => [opener.id, closer.id]));
}

interface Shape {
  arrows: string;
  notes?: Notes;
  start?: string;
  closes: Record<string, string> | string[];
}

const none = (id: string) => mergeNote(id, { closes: 'none' });

const shapes: Record<string, Shape> = {
  'a branch and its merge': { arrows: 'start > branch > a, b > merge > exit', closes: { branch: 'merge' } },
  'a branch with edges straight to the merge': { arrows: 'start > branch > merge; branch > merge > exit', closes: { branch: 'merge' } },
  'a branch whose arms all leave': { arrows: 'start > branch > a, b > exit', closes: {} },
  'a branch of which one arm leaves': { arrows: 'start > branch > a, b > merge > exit; branch > c > exit', closes: { branch: 'merge' } },
  'a branch inside a split': {
    arrows: 'start > split > branch, c; branch > a, b > merge_in > merge; c > merge > exit',
    closes: { branch: 'merge_in', split: 'merge' },
  },
  'a branch inside a split over data': {
    arrows: 'start > split > branch > a, b > merge_in > merge > exit',
    notes: overItems('split'),
    closes: { branch: 'merge_in', split: 'merge' },
  },
  'a split over data around another': {
    arrows: 'start > split > split_in > a > merge_in > merge > exit',
    notes: { ...overItems('split'), ...overItems('split_in') },
    closes: { split_in: 'merge_in', split: 'merge' },
  },
  'decision arms that meet in one arm of a branch': {
    arrows: 'start > branch > decide, c; decide > a, b > merge_in > merge; c > merge > exit',
    closes: { branch: 'merge' },
  },
  'decision arms that meet only at the merge of the branch': {
    arrows: 'start > branch > decide, c; decide > a, b > merge; c > merge > exit',
    closes: { branch: 'merge' },
  },
  'decision arms alone': { arrows: 'start > decide > a, b > merge > exit', closes: {} },
  'a merge behind the merge': {
    arrows: 'start > branch > a, b > merge > decide > c, d > merge_2 > exit',
    closes: { branch: 'merge' },
  },
  'an outer opener closed by the merge behind the merge': {
    arrows: 'start > split > branch, c; branch > a, b > merge_1 > merge_2; c > merge_2 > exit',
    closes: { branch: 'merge_1', split: 'merge_2' },
  },
  'a diamond in one arm of a decision whose tail meets the other arm': {
    arrows: 'start > decide > branch, c; branch > a, b > merge_in > merge; c > merge > exit',
    closes: { branch: 'merge_in' },
  },
  'unmerged inner arms beside the outer merge': {
    arrows: 'start > branch > branch_in, c, d; branch_in > a, b > exit_in; c, d > merge > exit',
    closes: { branch: 'merge' },
  },
  'inner clones that run to the outer merge, which names its opener': {
    arrows: 'start > branch > branch_in, c; branch_in > a, b > merge; c > merge > exit',
    notes: mergeNote('merge', { closes: 'branch' }),
    closes: { branch: 'merge' },
  },
  'a merge that names an outer opener': {
    arrows: 'start > branch > branch_in, c; branch_in > a, b > merge_in > merge; c > merge > exit',
    notes: mergeNote('merge', { closes: 'branch' }),
    closes: { branch: 'merge', branch_in: 'merge_in' },
  },
  'a named opener, which is then nobody’s default': {
    arrows: 'start > branch > decide, c; decide > a, b > merge_in > merge; c > merge > exit',
    notes: mergeNote('merge', { closes: 'branch' }),
    closes: { branch: 'merge' },
  },
  'a rejoin by force before a later merge': {
    arrows: 'start > split > decide > a, b > merge_1 > merge_2 > exit',
    notes: { ...overItems('split'), ...none('merge_1') },
    closes: { split: 'merge_2' },
  },
  'the nearest merge behind a split over data, even one of decision arms': {
    arrows: 'start > split > decide > a, b > merge > exit',
    notes: overItems('split'),
    closes: { split: 'merge' },
  },
  'a rejoin by force that leaves its branch open': {
    arrows: 'start > branch > a, b > merge > exit',
    notes: none('merge'),
    closes: {},
  },
  'the first of two starts, which passes the branch': {
    arrows: 'start > branch > a, b > merge > exit; start_2 > merge',
    closes: { branch: 'merge' },
  },
  'the second of two starts, which comes in behind the branch': {
    arrows: 'start > branch > a, b > merge > exit; start_2 > merge',
    start: 'start_2',
    closes: {},
  },
  'the second of two starts that share a tail with a branch': {
    arrows: 'start, start_2 > merge_0 > branch > a, b > merge > exit',
    start: 'start_2',
    closes: { branch: 'merge' },
  },
  'two merges that both join arms': {
    arrows: 'start > branch > a, b > merge_1 > exit; branch > c, d > merge_2 > exit',
    closes: ['graph.parallel_closers'],
  },
  'a merge that an arm bypasses to meet behind it': {
    arrows: 'start > branch > a, b > merge_1 > merge_2; branch > c > merge_2 > exit',
    closes: ['graph.parallel_closers'],
  },
  'arms that meet where a task can come without passing the branch': {
    arrows: 'start > decide > branch, c; branch > a, b > merge; c > merge > exit',
    closes: ['graph.opener_not_dominating'],
  },
  'inner clones that run to the outer merge unsaid': {
    arrows: 'start > branch > branch_in, c; branch_in > a, b > merge; c > merge > exit',
    closes: ['graph.opener_not_dominating'],
  },
  'a merge of in-degree 1 behind a split over edges': {
    arrows: 'start > split > a, b; a > merge > exit; b > exit',
    closes: ['graph.degree_merge'],
  },
  'a second merge of in-degree 1 behind a split over data': {
    arrows: 'start > split > a > merge_1 > merge_2 > exit',
    notes: overItems('split'),
    closes: ['graph.degree_merge'],
  },
};

describe('S18 which merge closes which opener', () => {
  for (const [name, { arrows, notes, start, closes }] of Object.entries(shapes)) {
    const verb = Array.isArray(closes) ? 'refuses' : 'reads';
    it(`${verb} ${name}`, () => expect(closers(arrows, notes, start)).toEqual(closes));
  }

  it('refuses closers that cross: the outer opener would close before the inner one, and the work behind would be done twice', () => {
    const arrows = 'start > branch > branch_in, c; c > exit_c; branch_in > a, b > merge_1 > merge_2; branch_in > d > merge_2 > exit';
    const notes = { ...mergeNote('merge_1', { closes: 'branch' }), ...mergeNote('merge_2', { closes: 'branch_in' }) };
    expect(closers(arrows, notes)).toEqual([expect.stringMatching(/^graph\./)]);
  });

  it('never lets decision arms that meet inside an arm of a branch close the split over data around it', () => {
    const arrows = 'start > split > branch > decide, c; decide > a, b > merge_in > merge; c > merge > exit';
    expect(closers(arrows, overItems('split'))).not.toMatchObject({ split: 'merge_in' });
  });

  it('refuses a merge that was told nothing and that two arms would pass one by one, although a later merge names their branch', () => {
    const arrows = 'start > branch > a, b > merge_1 > merge_2; branch > c > merge_2 > exit';
    expect(closers(arrows, mergeNote('merge_2', { closes: 'branch' }))).toEqual(['graph.parallel_closers']);
    expect(closers(arrows, { ...mergeNote('merge_2', { closes: 'branch' }), ...none('merge_1') })).toEqual({ branch: 'merge_2' });
  });

  it('refuses a quorum of more arms than lead to the merge', () => {
    const arrows = 'start > branch > a, b > merge > exit; branch > c > exit_c';
    expect(closers(arrows, mergeNote('merge', { strategy: 'quorum', quorum: 3 }))).toEqual(['graph.quorum_too_large']);
  });

  it('accepts a quorum that inner clones running to the same merge can reach', () => {
    const arrows = 'start > branch > branch_in, d; branch_in > a, b, c > merge; d > merge > exit';
    expect(closers(arrows, mergeNote('merge', { strategy: 'quorum', quorum: 4, closes: 'branch' }))).toEqual({ branch: 'merge' });
  });
});
