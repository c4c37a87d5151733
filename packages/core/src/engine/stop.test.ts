import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../wire/events.ts';
import { decide } from './decide.ts';
import { drawGraph } from './testing/draw-graph.ts';
import { overItems } from './testing/notes.ts';
import { type Play, play } from './testing/play.ts';
import { verify } from './verify.ts';

const shapes = [
  'start > a > exit',
  'start > branch > a, b, c > merge > d > exit',
  'start > branch > a, b > merge > d > exit; branch > far > away > exit_far',
  'start > split > branch > a, b > merge_in > c > merge > exit',
  'start > branch > branch_in, z; branch_in > a, b > exit_in; z > exit',
];
const graphs = shapes.map((arrows) => drawGraph(arrows, arrows.includes('split') ? overItems('split') : {}));
const cancel: EngineEvent = { type: 'run.cancel_requested', payload: { reason: 'enough' } };
const deadline: EngineEvent = { type: 'run.deadline_passed', payload: { deadline_ms: 5000 } };

/** Ends `steps` nodes, each drawn by `order`. */
function playedUntil(graph: number, order: readonly number[], steps: number): Play {
  const run = play(graphs[graph % graphs.length] as (typeof graphs)[number]);
  for (let step = 0; step < steps && run.underWay().length > 0; step += 1) {
    const places = run.underWay();
    run.end(places[(order[step % order.length] ?? 0) % places.length] as string);
  }
  return run;
}

const moments = [fc.nat(4), fc.array(fc.nat(20), { minLength: 1, maxLength: 20 }), fc.nat(30)] as const;

function expectEnded(run: Play): void {
  expect([run.state.live, run.state.ready.size, run.state.running.size, run.state.settling.size]).toEqual([0, 0, 0, 0]);
  for (const task of run.state.tasks.values()) expect(task.phase).toBe('ended');
  expect(verify(run.state.graph, run.journal)).toEqual({ ok: true, events: run.journal.length, ended: true });
}

describe('ENG-X8 cancel, deadline, pause', () => {
  it('a cancelled run ends in one commit, whenever the request comes', () => {
    fc.assert(
      fc.property(...moments, (graph, order, steps) => {
        const run = playedUntil(graph, order, steps);
        fc.pre(run.state.status === 'running');
        run.tell(cancel);
        expect([run.state.status, run.state.reason, run.state.outcome]).toEqual(['cancelled', 'enough', undefined]);
        expectEnded(run);
      }),
      { numRuns: 500 },
    );
  });

  it('a run whose deadline passes ends in one commit; it fails unless its root task had ended', () => {
    fc.assert(
      fc.property(...moments, (graph, order, steps) => {
        const run = playedUntil(graph, order, steps);
        fc.pre(run.state.status === 'running');
        const { phase, outcome } = run.task('root');
        run.tell(deadline);
        expect([run.state.status, run.state.outcome]).toEqual(['completed', phase === 'ended' ? outcome : 'failure']);
        if (phase !== 'ended') expect(run.state.reason).toBe('the deadline of 5000 ms passed');
        expectEnded(run);
      }),
      { numRuns: 500 },
    );
  });

  it('cancels derived tasks before the tasks that derived them', () => {
    const run = playedUntil(3, [0], 4).tell(cancel);
    const order = run.all('task.cancelled').map(({ task }) => task);
    for (const [place, task] of order.entries()) {
      for (const later of order.slice(place + 1)) expect(later.startsWith(`${task}/`)).toBe(false);
    }
    expect(order.at(-1)).toBe('root');
  });

  it('the first of two requests decides', () => {
    const state = playedUntil(1, [0], 3).tell(deadline).state;
    expect(state.status).toBe('completed');
  });

  it('a paused run begins nothing, records what comes in, and carries on when resumed', () => {
    fc.assert(
      fc.property(...moments, (graph, order, steps) => {
        const run = playedUntil(graph, order, steps);
        fc.pre(run.state.status === 'running');
        const begun = run.all('node.started').length;
        run.tell({ type: 'run.paused', payload: {} }).finish();
        expect(run.all('node.started')).toHaveLength(begun);
        if (decide(run.state).do !== 'stop') run.tell({ type: 'run.resumed', payload: {} }).finish();
        expect(run.all('run.completed')).toHaveLength(1);
        expectEnded(run);
      }),
      { numRuns: 500 },
    );
  });

  it('a paused run can be cancelled', () => {
    const run = playedUntil(1, [0], 2).tell({ type: 'run.paused', payload: {} }).tell(cancel);
    expect(run.state.status).toBe('cancelled');
    expectEnded(run);
  });
});

describe('ENG-X6 verify meets hostile journals', () => {
  const graph = drawGraph('start > a > exit');
  const journal = play(graph).finish().journal;
  const started = (start: string) =>
    journal.map((event) => (event.type === 'run.started' ? { ...event, payload: { ...event.payload, start } } : event));

  for (const start of ['nowhere', 'a', '__proto__']) {
    it(`a run that begins at ${start} diverges at its first event`, () => {
      expect(verify(graph, started(start))).toMatchObject({ ok: false, divergence: { seq: 1 } });
    });
  }

  it('a node that starts while the run is paused diverges', () => {
    const run = play(graph).tell({ type: 'run.paused', payload: {} }).end('root@start');
    const next = { type: 'node.started' as const, payload: { task: 'root', node: 'a' }, seq: run.state.seq + 1, at: 0 };
    expect(verify(graph, [...run.journal, next]).ok).toBe(false);
  });
});
