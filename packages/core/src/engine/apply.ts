import type { EngineEvent, EventType, Payload } from '../wire/events.ts';
import { completeEffect, refuseEffect, settleEffect, startEffect } from './apply-effects.ts';
import { forkRun } from './apply-fork.ts';
import { completeNode, completeTask, deriveTasks, endTask, fireMerge, startNode } from './apply-tasks.ts';
import { createTask, nodeOf, type RunState, rootTaskId, taskOf } from './state.ts';

type Handlers = { [T in EventType]: (state: RunState, payload: Payload<T>) => void };

/** The only way a run's state changes: folds one event into it. The state is the caller's to give up: it is mutated (S8). */
export function apply(state: RunState, event: EngineEvent): void {
  state.seq += 1;
  (handlers[event.type] as (state: RunState, payload: EngineEvent['payload']) => void)(state, event.payload);
}

const handlers: Handlers = {
  'run.started': startRun,
  'run.queued': (state) => {
    state.status = 'queued';
    state.isQueued = true;
  },
  'run.dequeued': (state) => {
    if (state.status === 'queued') state.status = 'running';
    state.isQueued = false;
  },
  'run.paused': (state) => {
    state.status = 'paused';
  },
  'run.resumed': (state) => {
    state.status = state.isQueued ? 'queued' : 'running';
    state.steps = 0;
  },
  'run.step_requested': (state) => {
    if (state.status === 'paused') state.steps += 1;
  },
  'run.cancel_requested': (state, { reason }) => {
    state.stop ??= { kind: 'cancel', reason };
  },
  'run.deadline_passed': (state, { deadline_ms: deadlineMs }) => {
    state.stop ??= { kind: 'deadline', deadlineMs };
  },
  'run.completed': (state, { outcome, reason }) => endRun(state, { status: 'completed', outcome, reason }),
  'run.cancelled': (state, { reason }) => endRun(state, { status: 'cancelled', outcome: undefined, reason }),
  'node.started': startNode,
  'node.completed': completeNode,
  'effect.started': startEffect,
  'effect.completed': completeEffect,
  'effect.refused': refuseEffect,
  'usage.recorded': settleEffect,
  'usage.assumed': settleEffect,
  'budget.overrun': () => {},
  'budget.alerted': () => {},
  'circuit.opened': () => {},
  'artifact.stored': () => {},
  'task.derived': deriveTasks,
  'merge.fired': fireMerge,
  'task.completed': completeTask,
  'task.cancelled': (state, payload) => endTask(state, taskOf(state, payload.task), 'cancelled'),
};

function startRun(state: RunState, payload: Payload<'run.started'>): void {
  if (payload.forked_from) {
    forkRun(state, { ...payload, forked_from: payload.forked_from });
    return;
  }
  const start = nodeOf(state, payload.start);
  const root = createTask({ id: rootTaskId, bornIn: undefined, index: 0, at: start, from: undefined, value: payload.input });
  const closers = state.graph.closersFrom(start);
  state.started = {
    workflowHash: payload.workflow_hash,
    start,
    closers,
    metadata: payload.metadata,
    root,
    memory: payload.memory ?? [],
    user: payload.user,
    session: payload.session,
    costCentre: payload.cost_centre,
  };
  state.status = 'running';
  state.tasks.set(root.id, root);
  state.live = 1;
  state.ready.add(root);
}

function endRun(state: RunState, end: Pick<RunState, 'status' | 'outcome' | 'reason'>): void {
  Object.assign(state, end);
  state.stop = undefined;
}
