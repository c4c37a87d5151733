import { describe, expect, it } from 'vitest';
import { memoryOf } from './lineage.ts';
import { drawGraph } from './testing/draw-graph.ts';
import { mergeNote } from './testing/notes.ts';
import { fails, type Play, play } from './testing/play.ts';

const read = (run: Play, task: string) => memoryOf(run.task(task)).map((entry) => `${entry.task}@${entry.node}`);

describe('S28 task memory', () => {
  const arrows = 'start > before > branch > a, b; a > a2 > merge; b > merge > after > exit';
  const opened = () => play(drawGraph(arrows)).end('root@start').end('root@before').end('root@branch');

  it('a node reads its own entries and its ancestors’, oldest first, and no sibling’s', () => {
    const run = opened().end('root/branch.1@b').end('root/branch.0@a');
    expect(read(run, 'root/branch.0')).toEqual(['root@before', 'root/branch.0@a']);
    expect(read(run, 'root/branch.1')).toEqual(['root@before', 'root/branch.1@b']);
  });

  it('behind the merge everybody’s entries are visible, in merge input order and never in that of arrival', () => {
    const run = opened().end('root/branch.1@b').end('root/branch.0@a').end('root/branch.0@a2');
    // The merge's edge from `b` stands behind the one from `a2`.
    expect(read(run, 'root')).toEqual(['root@before', 'root/branch.0@a', 'root/branch.0@a2', 'root/branch.1@b']);
    run.end('root@merge').end('root@after');
    expect(read(run, 'root').slice(4)).toEqual(['root@merge', 'root@after']);
  });

  it('a clone that left its merge aside still reads its ancestor only up to where it was derived', () => {
    const run = play(drawGraph('start > branch > a, b > merge > after > exit; branch > far > exit_far'))
      .end('root@start')
      .end('root@branch');
    run.end('root/branch.0@a').end('root/branch.1@b').end('root@merge').end('root@after').end('root/branch.2@far');
    expect(read(run, 'root/branch.2')).toEqual(['root/branch.2@far']);
  });

  it('what failed does not become visible', () => {
    const run = play(drawGraph('start > branch > a, b; a > a2 > merge; b > merge > exit', mergeNote('merge', { on_failure: 'ignore' })));
    run.finish({ a2: fails });
    expect(read(run, 'root')).toEqual(['root/branch.1@b', 'root@merge']);
  });

  it('through two generations each entry is read once', () => {
    const nested = 'start > before > branch > inner, z; inner > branch_in > a, b > merge_in > tail > merge; z > merge > exit';
    const run = play(drawGraph(nested)).finish();
    const entries = read(run, 'root');
    expect(new Set(entries).size).toBe(entries.length);
    expect(entries).toEqual(
      [
        'root@before',
        'root/branch.1@z',
        'root/branch.0@inner',
        'root/branch.0/branch_in.0@a',
        'root/branch.0/branch_in.1@b',
        'root/branch.0@merge_in',
        'root/branch.0@tail',
        'root@merge',
      ].toSorted((x, y) => entries.indexOf(x) - entries.indexOf(y)),
    );
    expect(read(run, 'root/branch.0/branch_in.1')).toEqual(['root@before', 'root/branch.0@inner', 'root/branch.0/branch_in.1@b']);
  });

  it('clones that run straight to an outer merge bring along what their own parent knew, once', () => {
    const straight = 'start > branch > inner, z; inner > branch_in > a, b > merge; z > merge > exit';
    const run = play(drawGraph(straight, mergeNote('merge', { closes: 'branch' }))).finish();
    expect(read(run, 'root')).toEqual([
      'root/branch.0@inner',
      'root/branch.0/branch_in.0@a',
      'root/branch.0/branch_in.1@b',
      'root/branch.1@z',
      'root@merge',
    ]);
  });
});
