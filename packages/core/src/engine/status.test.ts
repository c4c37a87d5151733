import { describe, expect, it } from 'vitest';
import type { EffectKind, EngineEvent } from '../wire/events.ts';
import { createState } from './state.ts';
import { statusOf } from './status.ts';
import { drawGraph } from './testing/draw-graph.ts';
import { play } from './testing/play.ts';

const fan = 'start > branch > a, b > merge > exit';

function effect(place: { task: string; node: string }, kind: EffectKind, ordinal = 0): EngineEvent {
  const key = `run/${place.task}/${place.node}/${ordinal}`;
  const dueAt = kind === 'timer' ? { due_at: 1 } : {};
  return { type: 'effect.started', payload: { ...place, key, try: 1, kind, target: kind, input_hash: '0', verdicts: [], ...dueAt } };
}

function done(place: { task: string; node: string }, ordinal = 0): EngineEvent {
  const key = `run/${place.task}/${place.node}/${ordinal}`;
  return { type: 'effect.completed', payload: { ...place, key, try: 1, outcome: 'success' } };
}

/** A run both of whose clones are under way. */
function begun() {
  const run = play(drawGraph(fan)).end('root@start').end('root@branch');
  expect(run.underWay()).toEqual(['root/branch.0@a', 'root/branch.1@b']);
  return run;
}

const a = { task: 'root/branch.0', node: 'a' };
const b = { task: 'root/branch.1', node: 'b' };

describe('S2 the status of a run', () => {
  it('is queued before it has begun', () => {
    expect(statusOf(createState(drawGraph(fan)))).toBe('queued');
  });

  it('is waiting if every task that is under way has a timer open, and nothing else', () => {
    const run = begun();
    expect(statusOf(run.state)).toBe('running');
    run.tell(effect(a, 'timer'));
    expect(statusOf(run.state)).toBe('running');
    run.tell(effect(b, 'timer'));
    expect(statusOf(run.state)).toBe('waiting');
    run.tell(done(b));
    expect(statusOf(run.state)).toBe('running');
  });

  it('is running if a call is open beside a timer', () => {
    const run = begun().tell(effect(a, 'timer')).tell(effect(b, 'timer'));
    run.tell(effect(b, 'tool', 2));
    expect(statusOf(run.state)).toBe('running');
    run.tell(done(b, 2));
    expect(statusOf(run.state)).toBe('waiting');
  });

  it('is paused, completed or cancelled whatever it waits for', () => {
    const run = begun().tell(effect(a, 'timer')).tell(effect(b, 'timer'));
    run.tell({ type: 'run.paused', payload: {} });
    expect(statusOf(run.state)).toBe('paused');
    run.tell({ type: 'run.resumed', payload: {} });
    expect(statusOf(run.state)).toBe('waiting');
    run.tell({ type: 'run.cancel_requested', payload: { reason: 'enough' } });
    expect(statusOf(run.state)).toBe('cancelled');
    expect(statusOf(begun().finish().state)).toBe('completed');
  });
});
