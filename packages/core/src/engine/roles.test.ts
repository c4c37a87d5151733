import { describe, expect, it } from 'vitest';
import { drawGraph, type Notes } from './testing/draw-graph.ts';
import { overItems } from './testing/notes.ts';
import { type Ending, fails, type Play, partly, play } from './testing/play.ts';
import { verify } from './verify.ts';

function played(arrows: string, options: { notes?: Notes; endings?: Record<string, Ending>; input?: { items: number[] } } = {}): Play {
  const run = play(drawGraph(arrows, options.notes), options.input ? { input: options.input } : {}).finish(options.endings);
  expect([run.state.status, run.state.live]).toEqual(['completed', 0]);
  expect(verify(run.state.graph, run.journal)).toEqual({ ok: true, events: run.journal.length, ended: true });
  return run;
}

const goesOn = (id: string): Notes => ({ [id]: { continue_on_failure: true } });
const ending = (run: Play) => run.all('run.completed')[0];

describe('ENG-X2 start, linear, exit', () => {
  it('a start’s output is the task’s value', () => {
    const run = played('start > exit', { endings: { start: { output: 'normal' } } });
    expect([run.task('root').value, ending(run)]).toEqual(['normal', { outcome: 'success', exit: 'exit' }]);
  });

  it('a linear node’s output is the next one’s input', () => {
    expect(played('start > a > b > exit').task('root').value).toBe('b');
  });

  it('a node that outputs null sets the value to null, and the journal verifies', () => {
    expect(played('start > a > exit', { endings: { a: { output: null } } }).task('root').value).toBeNull();
  });

  it('a node that hands its input on adds nothing to the journal', () => {
    expect(
      played('start > exit')
        .all('node.completed')
        .map((payload) => 'output' in payload),
    ).toEqual([false, false]);
  });

  it('an exit presents the outcome that was set before', () => {
    expect(ending(played('start > a > exit', { endings: { a: partly } }))).toEqual({ outcome: 'partial', exit: 'exit' });
  });

  it('always_fail overrides success, visibly', () => {
    const run = played('start > exit', { notes: { exit: { always_fail: true } } });
    expect(ending(run)).toEqual({ outcome: 'failure', exit: 'exit', reason: 'Exit exit always fails.' });
    expect(run.task('root').error?.code).toBe('exit.always_fail');
  });

  it('always_fail is not overridden by continue_on_failure', () => {
    expect(ending(played('start > exit', { notes: { exit: { always_fail: true, continue_on_failure: true } } }))?.outcome).toBe('failure');
  });

  it('S2 a task that fails on the way reaches no exit', () => {
    expect(ending(played('start > a > exit', { endings: { a: fails } }))).toEqual({ outcome: 'failure', reason: 'a: a failed' });
  });
});

describe('ENG-X2 decision', () => {
  const arms = 'start > decide > a, b; a > exit_a; b > exit_b';
  const exitOf = (run: Play) => ending(run)?.exit;

  it('a bare label keeps the value', () => {
    const run = play(drawGraph(arms)).end('root@start').end('root@decide', { output: 'b' });
    expect([run.underWay(), run.task('root').value]).toEqual([['root@b'], { items: [0, 1, 2] }]);
  });

  it('an object with selected_edge replaces the value', () => {
    const output = { selected_edge: 'a', why: 'so' };
    const run = play(drawGraph(arms)).end('root@start').end('root@decide', { output });
    expect([run.underWay(), run.task('root').value]).toEqual([['root@a'], output]);
  });

  for (const output of ['c', '', null, 7, ['a'], {}, { selected_edge: 'c' }, { selected_edge: ['a'] }, { label: 'a' }, 'toString']) {
    it(`${JSON.stringify(output)} names no edge: the node fails, lists the labels and leaves the value alone`, () => {
      const run = played(arms, { endings: { decide: { output } } });
      expect(run.task('root').error).toMatchObject({ code: 'decision.no_edge', details: { labels: ['a', 'b'] } });
      expect([run.task('root').value, exitOf(run), ending(run)?.outcome]).toEqual([{ items: [0, 1, 2] }, undefined, 'failure']);
    });
  }

  it('shortens a huge wrong label in its message', () => {
    expect(ending(played(arms, { endings: { decide: { output: 'x'.repeat(100_000) } } }))?.reason?.length).toBeLessThan(400);
  });

  it('with continue_on_failure a failed decision goes where the value it was given points', () => {
    const endings: Record<string, Ending> = { start: { output: { selected_edge: 'b' } }, decide: fails };
    const run = played(arms, { notes: goesOn('decide'), endings });
    expect(ending(run)).toEqual({ outcome: 'partial', exit: 'exit_b' });
  });

  it('with continue_on_failure a failed decision that has nowhere to go fails its task', () => {
    expect(ending(played(arms, { notes: goesOn('decide'), endings: { decide: fails } }))).toEqual({
      outcome: 'failure',
      reason: 'decide: decide failed',
    });
  });

  it('with continue_on_failure a label that names no edge fails the task', () => {
    expect(ending(played(arms, { notes: goesOn('decide'), endings: { decide: { output: 'c' } } }))?.outcome).toBe('failure');
  });
});

describe('ENG-X3 unmerged branches', () => {
  const arms = 'start > branch > a, b, c; a > exit_a; b > exit_b; c > exit_c';
  const opened = (arrows = arms, notes: Notes = {}) => play(drawGraph(arrows, notes)).end('root@start').end('root@branch');

  it('clones get the value of their task, one on every edge', () => {
    const run = opened();
    expect(run.underWay()).toEqual(['root/branch.0@a', 'root/branch.1@b', 'root/branch.2@c']);
    expect(run.task('root/branch.1').value).toEqual({ items: [0, 1, 2] });
  });

  it('the first clone that succeeds ends it, and the others are cancelled, recorded', () => {
    const run = opened().end('root/branch.1@b').end('root/branch.1@exit_b');
    expect(run.all('task.cancelled').map(({ task }) => task)).toEqual(['root/branch.0', 'root/branch.2']);
    expect(ending(run)).toEqual({ outcome: 'success', exit: 'exit_b' });
    expect(run.task('root').value).toBe('b');
  });

  it('neither a failure nor a partial outcome ends it before the others', () => {
    const run = opened().end('root/branch.0@a', partly).end('root/branch.0@exit_a').end('root/branch.1@b', fails);
    expect(run.all('task.cancelled')).toEqual([]);
    run.end('root/branch.2@c').end('root/branch.2@exit_c');
    expect(ending(run)).toEqual({ outcome: 'success', exit: 'exit_c' });
  });

  it('without a success a partial outcome counts for more than a failure', () => {
    const run = opened().end('root/branch.0@a', fails).end('root/branch.1@b', partly).end('root/branch.2@c', fails);
    expect(ending(run.end('root/branch.1@exit_b'))).toEqual({ outcome: 'partial', exit: 'exit_b' });
  });

  it('if all fail it fails, with the reason of the first', () => {
    expect(ending(played(arms, { endings: { a: fails, b: fails, c: fails } }))).toEqual({
      outcome: 'failure',
      reason: 'root/branch.0: a failed',
    });
  });

  it('a clone that reaches an always_fail exit is no success', () => {
    const run = opened(arms, { exit_a: { always_fail: true } })
      .end('root/branch.0@a')
      .end('root/branch.0@exit_a');
    expect(run.state.status).toBe('running');
  });

  it('cancels what the losing clones derived, the youngest first', () => {
    const run = opened('start > branch > split, b; split > x, y > exit; b > exit_b').end('root/branch.0@split').end('root/branch.1@b');
    run.end('root/branch.1@exit_b');
    expect(run.all('task.cancelled').map(({ task }) => task)).toEqual(['root/branch.0/split.0', 'root/branch.0/split.1', 'root/branch.0']);
    expect(run.state.status).toBe('completed');
  });
});

describe('ENG-X3 unmerged splits', () => {
  const arms = 'start > split > a, b; a > exit_a; b > exit_b';
  it('end when all subtasks have ended, with their values in order', () => {
    const run = play(drawGraph(arms)).end('root@start').end('root@split').end('root/split.1@b').end('root/split.1@exit_b');
    expect(run.state.status).toBe('running');
    run.finish();
    expect([run.task('root').value, ending(run)]).toEqual([['a', 'b'], { outcome: 'success', exit: 'exit_a' }]);
  });

  const outcomes: [string, Record<string, Ending>, string][] = [
    ['success', {}, 'success'],
    ['partial if one failed', { a: fails }, 'partial'],
    ['partial if one was', { a: partly }, 'partial'],
    ['failure if all failed', { a: fails, b: fails }, 'failure'],
  ];
  for (const [name, endings, outcome] of outcomes) {
    it(`come to ${name}`, () => expect(ending(played(arms, { endings }))?.outcome).toBe(outcome));
  }

  it('fail if what they fan out over is no list', () => {
    for (const output of [{ items: 'abc' }, { items: { length: 2 } }, {}, null, [1, 2]]) {
      const run = played('start > split > a > exit', { notes: overItems('split'), endings: { split: { output } } });
      expect([run.task('root').error?.code, ending(run)?.outcome]).toEqual(['split.not_a_list', 'failure']);
    }
  });

  it('fan out over a dotted path, own members only', () => {
    const notes = { split: { split: { over: 'body.rows' } } };
    const start = { output: { body: { rows: ['x'] } } };
    expect(played('start > split > a > exit', { notes, endings: { start } }).all('task.derived')[0]?.count).toBe(1);
    const proto = { split: { split: { over: '__proto__.items' } } };
    expect(ending(played('start > split > a > exit', { notes: proto }))?.outcome).toBe('failure');
  });
});

describe('ENG-X4 continue_on_failure', () => {
  it('leaves the value as it was and makes the task partial', () => {
    const run = played('start > a > b > exit', { notes: goesOn('b'), endings: { b: fails } });
    expect([run.task('root').value, run.state.outcome]).toEqual(['a', 'partial']);
  });

  const passing: [string, string, Notes?][] = [
    ['start', 'start > exit'],
    ['branch', 'start > branch > a, b > exit'],
    ['split', 'start > split > a, b > exit'],
    ['split over data', 'start > split > a > exit', overItems('split')],
    ['exit', 'start > exit'],
    ['merge', 'start > branch > a, b > merge > exit'],
    ['merge that only rejoins', 'start > merge > exit; start_2 > merge'],
  ];
  for (const [name, arrows, notes] of passing) {
    const id = name.split(' ')[0] as string;
    it(`a ${name} that fails is passed over`, () => {
      const run = played(arrows, { notes: { ...notes, [id]: { ...notes?.[id], continue_on_failure: true } }, endings: { [id]: fails } });
      expect(ending(run)).toMatchObject({ exit: 'exit' });
      expect(run.all('node.completed').filter(({ node, outcome }) => node === id && outcome === 'failure').length).toBeGreaterThan(0);
    });
    it(`a ${name} that fails without it ends the task in failure`, () => {
      const run = played(arrows, { ...(notes ? { notes } : {}), endings: { [id]: fails } });
      expect([ending(run)?.outcome, ending(run)?.exit]).toEqual(['failure', undefined]);
    });
  }
});
