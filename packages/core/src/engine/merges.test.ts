import { describe, expect, it } from 'vitest';
import { drawGraph } from './testing/draw-graph.ts';
import { mergeNote, overItems } from './testing/notes.ts';
import { type Ending, fails, type Play, partly, play } from './testing/play.ts';
import { verify } from './verify.ts';

const threeArms = 'start > branch > a, b, c > merge > exit';
const nested = 'start > branch > branch_in, z; branch_in > a, b > merge_in > tail > merge; z > merge > exit';

/** Plays the start and the opener behind it: its tasks are under way. */
function opened(arrows: string, notes = {}, options: { input?: { items: number[] } } = {}): Play {
  const graph = drawGraph(arrows, notes);
  const run = play(graph, options).end('root@start');
  return run.end(run.underWay()[0] as string);
}

function cancelled(run: Play): string[] {
  return run.all('task.cancelled').map(({ task }) => task);
}

/** A finished run is whole: everything has ended, and it replays. */
function finished(run: Play, endings?: Record<string, Ending>): Play {
  run.finish(endings);
  expect([run.state.status, run.state.live, run.state.unsettled.size]).toEqual(['completed', 0, 0]);
  expect(verify(run.state.graph, run.journal)).toEqual({ ok: true, events: run.journal.length, ended: true });
  return run;
}

describe('S18 when a merge fires', () => {
  it('all waits for everybody, and orders its input by edge, not by arrival', () => {
    const run = opened(threeArms).end('root/branch.2@c').end('root/branch.0@a');
    expect(run.all('merge.fired')).toEqual([]);
    run.end('root/branch.1@b').end('root@merge');
    expect(run.task('root').value).toEqual(['a', 'b', 'c']);
  });

  it('orders the items of one edge by number, not as text', () => {
    const items = Array.from({ length: 12 }, (_, index) => index);
    const run = opened('start > split > decide > a, b > merge > exit', overItems('split'), { input: { items } });
    for (const item of items.toReversed()) run.end(`root/split.${item}@decide`, { output: item % 2 === 0 ? 'a' : 'b' });
    while (run.underWay().some((place) => /@[ab]$/.test(place))) {
      const place = run.underWay().findLast((candidate) => /@[ab]$/.test(candidate)) as string;
      run.end(place, { output: place });
    }
    run.end('root@merge');
    const order = [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11];
    expect(run.task('root').value).toEqual(order.map((item) => `root/split.${item}@${item % 2 === 0 ? 'a' : 'b'}`));
  });

  it('orders by the merge’s edges in file order, even if the branch lists its arms otherwise', () => {
    const run = opened('start > branch > c, a, b; a > merge; b > merge; c > merge; merge > exit');
    finished(run);
    expect(run.task('root').memory.find(({ node }) => node === 'merge')?.output).toEqual(['a', 'b', 'c']);
  });

  it('does not wait for a clone that a decision sent elsewhere, nor for one that failed', () => {
    const run = opened(
      'start > branch > decide, b, c; decide > a > merge; decide > exit_2; b, c > merge > exit',
      mergeNote('merge', { on_failure: 'ignore' }),
    );
    run.end('root/branch.1@b').end('root/branch.2@c', fails);
    expect(run.all('merge.fired')).toEqual([]);
    run.end('root/branch.0@decide', { output: 'exit_2' });
    expect(run.all('merge.fired')).toMatchObject([{ arrived: ['root/branch.1'], failed: ['root/branch.2'], outcome: 'success' }]);
  });

  it('fires at once for a branch whose edges all lead straight to it', () => {
    const run = opened('start > branch > merge; branch > merge > exit');
    expect(run.all('merge.fired')).toMatchObject([{ arrived: ['root/branch.0', 'root/branch.1'] }]);
    expect(finished(run).state.outcome).toBe('success');
  });

  it('does not fire if nobody arrives: the group ends like an unmerged one', () => {
    const run = opened(threeArms, mergeNote('merge', { on_failure: 'ignore' }));
    finished(run, { a: fails, b: fails, c: fails });
    expect(run.all('merge.fired')).toEqual([]);
    expect(run.all('run.completed')).toEqual([{ outcome: 'failure', reason: 'root/branch.0: a failed' }]);
  });

  it('does not fire if everybody left through exits', () => {
    const run = opened('start > branch > decide, decide_2; decide > a, exit; decide_2 > b, exit; a, b > merge > exit_m');
    run.end('root/branch.0@decide', { output: 'exit' }).end('root/branch.1@decide_2', { output: 'exit' });
    expect(finished(run).all('merge.fired')).toEqual([]);
    expect(run.all('run.completed')).toEqual([{ outcome: 'success', exit: 'exit' }]);
  });

  it('passes each decision arm through a rejoin, without waiting for the arm that was not taken', () => {
    const run = play(drawGraph('start > decide > a, b > merge > exit')).end('root@start').end('root@decide', { output: 'b' });
    expect(run.end('root@b').underWay()).toEqual(['root@merge']);
    expect(finished(run).all('merge.fired')).toEqual([]);
  });

  it('rejoins the right generation: an inner merge fires once for each outer task', () => {
    const run = opened('start > split > branch > a, b > merge_in > merge > exit', overItems('split'));
    for (const item of [2, 0, 1]) run.end(`root/split.${item}@branch`);
    run.end('root/split.0/branch.0@a').end('root/split.1/branch.1@b').end('root/split.2/branch.0@a');
    expect(run.all('merge.fired')).toEqual([]);
    run.end('root/split.1/branch.0@a');
    expect(run.all('merge.fired')).toMatchObject([{ task: 'root/split.1', arrived: ['root/split.1/branch.1', 'root/split.1/branch.0'] }]);
    expect(finished(run).all('merge.fired')).toHaveLength(4);
  });

  it('counts a task that waits at an inner merge as on its way', () => {
    const run = opened(nested).end('root/branch.0@branch_in').end('root/branch.1@z').end('root/branch.0/branch_in.0@a');
    expect(run.all('merge.fired')).toEqual([]);
    run.end('root/branch.0/branch_in.1@b').end('root/branch.0@merge_in').end('root/branch.0@tail');
    expect(run.all('merge.fired').map(({ node }) => node)).toEqual(['merge_in', 'merge']);
  });

  it('takes inner clones that run straight to it, in lineage order', () => {
    const arrows = 'start > branch > branch_in, z; branch_in > a > merge; branch_in > b > merge; z > merge > exit';
    const run = opened(arrows, mergeNote('merge', { closes: 'branch' }));
    run.end('root/branch.1@z').end('root/branch.0@branch_in').end('root/branch.0/branch_in.1@b').end('root/branch.0/branch_in.0@a');
    run.end('root@merge');
    expect(run.task('root').value).toEqual(['a', 'b', 'z']);
    expect(finished(run).state.outcome).toBe('success');
  });

  it('waits for nobody but the start that ran', () => {
    const graph = drawGraph('start > branch > a, b > merge > exit; start_2 > merge');
    expect(finished(play(graph, { start: 'start_2' })).all('merge.fired')).toEqual([]);
    expect(finished(play(graph)).all('merge.fired')).toHaveLength(1);
  });
});

describe('S18 strategies', () => {
  it('any fires at the first success and cancels exactly those who could still come', () => {
    const notes = mergeNote('merge', { strategy: 'any' });
    const run = opened('start > branch > a, b, far; a, b > merge > exit; far > exit_far', notes);
    run.end('root/branch.0@a', fails);
    expect(run.all('merge.fired')).toEqual([]);
    run.end('root/branch.1@b');
    expect(run.all('merge.fired')).toMatchObject([{ arrived: ['root/branch.1'], failed: ['root/branch.0'], outcome: 'success' }]);
    expect([cancelled(run), run.underWay()]).toEqual([[], ['root/branch.2@far', 'root@merge']]);
    finished(run);
  });

  it('any cancels tasks that are running and tasks that wait at an inner merge', () => {
    const run = opened(nested, mergeNote('merge', { strategy: 'any' }));
    run.end('root/branch.0@branch_in').end('root/branch.0/branch_in.0@a').end('root/branch.1@z');
    expect(cancelled(run)).toEqual(['root/branch.0/branch_in.0', 'root/branch.0/branch_in.1', 'root/branch.0']);
    expect(
      finished(run)
        .all('merge.fired')
        .map(({ node }) => node),
    ).toEqual(['merge']);
  });

  it('first fires at whatever ends first: a success', () => {
    const run = opened(threeArms, mergeNote('merge', { strategy: 'first' })).end('root/branch.1@b');
    expect(run.all('merge.fired')).toMatchObject([{ arrived: ['root/branch.1'], outcome: 'success' }]);
    expect(cancelled(run)).toEqual(['root/branch.0', 'root/branch.2']);
  });

  it('first fires at whatever ends first: a failure, with nothing to merge', () => {
    const run = opened(threeArms, mergeNote('merge', { strategy: 'first' })).end('root/branch.1@b', fails);
    expect(run.all('merge.fired')).toMatchObject([{ arrived: [], failed: ['root/branch.1'], outcome: 'partial' }]);
    expect(finished(run).all('run.completed')).toEqual([{ outcome: 'partial', exit: 'exit' }]);
  });

  it('first does not count a task that ends elsewhere', () => {
    const run = opened('start > branch > a, b > merge > exit; branch > c > exit_c', mergeNote('merge', { strategy: 'first' }));
    run.end('root/branch.2@c', fails);
    expect(run.all('merge.fired')).toEqual([]);
  });

  it('quorum fires at the n-th success and cancels the rest', () => {
    const run = opened(threeArms, mergeNote('merge', { strategy: 'quorum', quorum: 2 })).end('root/branch.2@c');
    expect(run.all('merge.fired')).toEqual([]);
    run.end('root/branch.0@a');
    expect(run.all('merge.fired')).toMatchObject([{ arrived: ['root/branch.2', 'root/branch.0'], outcome: 'success' }]);
    expect(cancelled(run)).toEqual(['root/branch.1']);
    run.end('root@merge');
    expect(run.task('root').value).toEqual(['a', 'c']);
  });

  it('quorum of which too many failed is judged when nobody can come any more', () => {
    const run = opened(threeArms, mergeNote('merge', { strategy: 'quorum', quorum: 2 }));
    run.end('root/branch.0@a', fails).end('root/branch.1@b', fails);
    expect(run.all('merge.fired')).toEqual([]);
    expect(run.end('root/branch.2@c').all('merge.fired')).toMatchObject([{ arrived: ['root/branch.2'], outcome: 'failure' }]);
  });

  it('quorum beyond what a list holds cannot be met', () => {
    const notes = { ...overItems('split'), ...mergeNote('merge', { strategy: 'quorum', quorum: 5 }) };
    const run = finished(opened('start > split > a > merge > exit', notes));
    expect(run.all('merge.fired')).toMatchObject([{ arrived: ['root/split.0', 'root/split.1', 'root/split.2'], outcome: 'failure' }]);
    expect(run.state.outcome).toBe('failure');
  });

  const judged = [
    { strategy: 'all', failing: ['b'], fail: 'failure', ignore: 'success', partial: 'partial' },
    { strategy: 'all', failing: [], fail: 'success', ignore: 'success', partial: 'success' },
    { strategy: 'any', failing: ['a', 'b'], fail: 'success', ignore: 'success', partial: 'success' },
    { strategy: 'quorum', failing: ['a'], fail: 'success', ignore: 'success', partial: 'success' },
    { strategy: 'quorum', failing: ['a', 'b'], fail: 'failure', ignore: 'success', partial: 'partial' },
    { strategy: 'first', failing: ['a'], fail: 'partial', ignore: 'partial', partial: 'partial' },
  ] as const;
  for (const { strategy, failing, ...outcomes } of judged) {
    for (const on_failure of ['fail', 'ignore', 'partial'] as const) {
      it(`${strategy} with on_failure ${on_failure} comes to ${outcomes[on_failure]} if ${failing.join(' and ') || 'nobody'} of three fail`, () => {
        const note = mergeNote('merge', { strategy, on_failure, ...(strategy === 'quorum' ? { quorum: 2 } : {}) });
        const run = finished(opened(threeArms, note), Object.fromEntries(failing.map((id) => [id, fails])));
        expect(run.all('merge.fired').map(({ outcome }) => outcome)).toEqual([outcomes[on_failure]]);
        expect(run.all('run.completed').map(({ outcome }) => outcome)).toEqual([outcomes[on_failure]]);
      });
    }
  }

  it('is partial if a task that arrived was', () => {
    const run = finished(opened(threeArms), { b: partly });
    expect([run.all('merge.fired')[0]?.outcome, run.state.outcome]).toEqual(['partial', 'partial']);
  });

  it('a merge that fails ends its task; with continue_on_failure the task goes on with its old value, partially', () => {
    const { merge } = mergeNote('merge', {});
    const run = opened(threeArms, { merge: { ...merge, continue_on_failure: true } });
    finished(run, { b: fails });
    expect(run.all('run.completed')).toEqual([{ outcome: 'partial', exit: 'exit' }]);
    expect(run.task('root').value).toEqual({ items: [0, 1, 2] });
    const ended = finished(opened(threeArms), { b: fails });
    expect(ended.all('run.completed')[0]?.exit).toBeUndefined();
    expect(ended.task('root').error?.code).toBe('merge.failed');
  });

  it('an inner merge at which nobody arrived is one failure of the outer one', () => {
    const run = finished(opened(nested), { a: fails, b: fails });
    expect(run.all('merge.fired')).toMatchObject([
      { node: 'merge', arrived: ['root/branch.1'], failed: ['root/branch.0'], outcome: 'failure' },
    ]);
  });
});

describe('S18 splits over data', () => {
  const list = 'start > split > a > merge > exit';

  it('an empty list fires the merge at once, with empty input', () => {
    const run = opened(list, overItems('split'), { input: { items: [] } });
    expect(run.all('merge.fired')).toEqual([{ task: 'root', node: 'merge', arrived: [], failed: [], outcome: 'success' }]);
    run.end('root@merge');
    expect(run.task('root').value).toEqual([]);
    expect(finished(run).all('run.completed')).toEqual([{ outcome: 'success', exit: 'exit' }]);
  });

  for (const strategy of ['all', 'any', 'first', 'quorum'] as const) {
    it(`an empty list is a success for ${strategy}`, () => {
      const notes = { ...overItems('split'), ...mergeNote('merge', { strategy, ...(strategy === 'quorum' ? { quorum: 2 } : {}) }) };
      expect(finished(opened(list, notes, { input: { items: [] } })).state.outcome).toBe('success');
    });
  }

  it('an empty list inside a list empties only its own merge', () => {
    const notes = { ...overItems('split'), split_in: { split: { over: 'rows' } } };
    const run = play(drawGraph('start > split > split_in > a > merge_in > merge > exit', notes), {
      input: { items: [{ rows: [] }, { rows: [1, 2] }] },
    });
    finished(run);
    expect(run.task('root').memory.findLast(({ node }) => node === 'merge')?.output).toEqual([[], ['a', 'a']]);
  });

  it('an empty list without a merge completes at once', () => {
    const run = opened('start > split > a > exit', overItems('split'), { input: { items: [] } });
    expect([run.state.status, run.state.outcome, run.task('root').value]).toEqual(['completed', 'success', []]);
  });

  it('deals items in turn onto the edges, in edge order', () => {
    const run = opened('start > split > a, b > merge > exit', overItems('split'), { input: { items: [1, 2, 3, 4, 5] } });
    expect(run.underWay()).toEqual(['root/split.0@a', 'root/split.1@b', 'root/split.2@a', 'root/split.3@b', 'root/split.4@a']);
  });

  it('leaves edges unused if there are fewer items', () => {
    const run = opened('start > split > a, b, c > merge > exit', overItems('split'), { input: { items: [7] } });
    expect(run.underWay()).toEqual(['root/split.0@a']);
    expect(run.task('root/split.0').value).toBe(7);
    expect(finished(run).all('merge.fired')).toMatchObject([{ arrived: ['root/split.0'] }]);
  });
});

describe('S18 tasks that leave their merge behind', () => {
  const bypass = 'start > branch > branch_in, z; branch_in > a, b > merge_in > tail > merge; branch_in > far > merge; z > merge > exit';

  it('an outer merge that fires early also cancels clones that left the inner merge aside', () => {
    const run = opened(bypass, mergeNote('merge', { strategy: 'any', closes: 'branch' }));
    run.end('root/branch.0@branch_in').end('root/branch.0/branch_in.0@a').end('root/branch.0/branch_in.1@b').end('root/branch.1@z');
    expect(cancelled(run)).toEqual(expect.arrayContaining(['root/branch.0', 'root/branch.0/branch_in.2']));
    finished(run);
  });

  it('an outer merge of all takes both the task of the inner merge and the clone that left it aside', () => {
    const run = finished(opened(bypass, mergeNote('merge', { closes: 'branch' })));
    expect(run.all('merge.fired').at(-1)?.arrived.toSorted()).toEqual(['root/branch.0', 'root/branch.0/branch_in.2', 'root/branch.1']);
  });

  it('ENG-X3 a clone that succeeds first also cancels clones that left an inner merge of its sibling aside', () => {
    const run = opened('start > branch > branch_in, z; branch_in > a, b > merge_in > tail > exit_in; branch_in > far > exit_far; z > exit');
    run.end('root/branch.0@branch_in').end('root/branch.0/branch_in.0@a').end('root/branch.0/branch_in.1@b');
    run.end('root/branch.1@z').end('root/branch.1@exit');
    expect(run.underWay()).toEqual([]);
    expect(run.state.status).toBe('completed');
  });

  it('all fails if an inner task failed on its way straight to the outer merge, whoever else arrived', () => {
    const arrows = 'start > branch > split, z; split > a, b > merge; z > merge > exit';
    const run = finished(opened(arrows, mergeNote('merge', { closes: 'branch' })), { a: fails });
    expect(run.all('merge.fired')).toMatchObject([{ arrived: ['root/branch.1', 'root/branch.0/split.1'], outcome: 'failure' }]);
  });

  it('first fires when an inner task fails on its way straight to the outer merge', () => {
    const arrows = 'start > branch > split, z; split > a, b > merge; z > merge > exit';
    const run = opened(arrows, mergeNote('merge', { closes: 'branch', strategy: 'first' }));
    run.end('root/branch.0@split').end('root/branch.0/split.0@a', fails);
    expect(run.all('merge.fired')).toHaveLength(1);
  });
});
