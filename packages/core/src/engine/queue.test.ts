import { describe, expect, it } from 'vitest';
import type { EngineEvent, JournalEvent } from '../wire/events.ts';
import { decide } from './decide.ts';
import { createState } from './state.ts';
import { statusOf } from './status.ts';
import { drawGraph } from './testing/draw-graph.ts';
import { record } from './testing/simulate.ts';
import { verify } from './verify.ts';

const graph = drawGraph('start > a > exit');
const metadata = { engine_version: 'test', state_version: 1, manifest_hashes: {}, adapters: {} };
const start = { workflow: 'test', workflow_hash: '0'.repeat(64), start: 'start', input: 1, metadata };

const [queued, dequeued] = [{ type: 'run.queued', payload: {} } as const, { type: 'run.dequeued', payload: {} } as const];
const [paused, resumed] = [{ type: 'run.paused', payload: {} } as const, { type: 'run.resumed', payload: {} } as const];
const step = { type: 'run.step_requested', payload: {} } as const;
const cancel = { type: 'run.cancel_requested', payload: { reason: 'enough' } } as const;

/** A run that began, and to which these happened. */
function after(...events: EngineEvent[]) {
  const run = { state: createState(graph), journal: [] as JournalEvent[] };
  for (const event of [{ type: 'run.started', payload: start } as const, ...events]) record(run, event);
  return run;
}

const node: EngineEvent = { type: 'node.started', payload: { task: 'root', node: 'start' } };

describe('ENG-Q a run in its queue', () => {
  it.each([
    ['queued', [queued], 'queued', 'wait'],
    ['taken', [queued, dequeued], 'running', 'perform'],
    ['paused', [queued, paused], 'paused', 'wait'],
    ['paused, and asked for a step', [queued, paused, step], 'paused', 'wait'],
    ['paused and resumed', [queued, paused, resumed], 'queued', 'wait'],
    ['paused and taken', [queued, paused, dequeued], 'paused', 'wait'],
    ['paused, taken and resumed', [queued, paused, dequeued, resumed], 'running', 'perform'],
    ['cancelled', [queued, cancel], 'cancelled', 'stop'],
  ] as const)('that is %s', (_, events, status, next) => {
    const { state, journal } = after(...events);
    expect([statusOf(state), decide(state).do]).toEqual([status, next]);
    expect(verify(graph, journal)).toMatchObject({ ok: true });
  });

  it.each([
    ['a node that begins in the queue', [queued, node], 'the run is queued'],
    ['a run that is queued after it began', [queued, dequeued, queued], 'a run is queued when it is accepted'],
    ['a run that is taken from no queue', [dequeued], 'the run is not queued'],
    ['a run that is taken twice', [queued, dequeued, dequeued], 'the run is not queued'],
  ] as const)('verify finds %s', (_, events, reason) => {
    expect(verify(graph, after(...events).journal)).toMatchObject({ ok: false, divergence: { reason } });
  });
});
