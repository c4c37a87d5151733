import type { Graph } from '../graph/graph.ts';
import type { EngineEvent, EventType, JournalEvent, Payload } from '../wire/events.ts';
import { canonicalJson, type Json } from '../wire/json.ts';
import { apply } from './apply.ts';
import { forkFault } from './apply-fork.ts';
import { completed, type NodeResult } from './complete.ts';
import { decide, isHeld } from './decide.ts';
import { isRequest } from './request.ts';
import { createState, type RunState, type Task } from './state.ts';
import { upcast } from './upcast.ts';

/** The first place where a journal is not what the workflow makes of its recorded results. */
export interface Divergence {
  seq: number;
  /** What follows from the journal up to here; undefined if nothing more does. */
  expected: EngineEvent | undefined;
  found: EngineEvent | undefined;
  reason: string;
}

export type Verification = { ok: true; events: number; ended: boolean } | { ok: false; divergence: Divergence };

/**
 * Replays a history (the journal of a run; before that of a fork, what led to it): results, effects and requests are taken as recorded, everything else must be what `decide` and the roles make of
 * them (ENG-X6). Handlers, models and tools are not called.
 */
export function verify(graph: Graph, history: readonly JournalEvent[]): Verification {
  const state = createState(graph);
  let due: readonly EngineEvent[] = [];
  let met = 0;
  for (const [index, event] of upcast(history).entries()) {
    const isFork = isForkStart(event) && index > 0;
    const next = isFork || isRelease(event) || (met === 0 && isEarlier(state, event)) ? undefined : due[met];
    const seq = isFork ? 1 : state.seq + 1;
    const fault = event.seq === seq ? check(state, event, next) : { reason: `sequence number ${seq} was due` };
    if (fault) return { ok: false, divergence: { seq: event.seq, expected: due[met], found: bare(event), ...fault } };
    apply(state, event);
    if (next) met += 1;
    if (isFork || met >= due.length) [due, met] = [dueAfter(state), 0];
  }
  return { ok: true, events: state.seq, ended: state.status === 'completed' || state.status === 'cancelled' };
}

type Mismatch = Partial<Divergence> & { reason: string };

function check(state: RunState, event: EngineEvent, due: EngineEvent | undefined): Mismatch | undefined {
  if (due) return equal(event, due) ? undefined : { reason: `${due.type} was due` };
  switch (event.type) {
    case 'run.started':
      return checkRunStarted(state, event);
    case 'run.queued':
      return state.seq === 1 ? undefined : { reason: 'a run is queued when it is accepted' };
    case 'run.dequeued':
      return state.isQueued ? undefined : { reason: 'the run is not queued' };
    case 'node.started':
      return checkNodeStarted(state, event);
    case 'node.completed':
      return checkCompleted(state, event);
    case 'effect.started':
    case 'effect.refused':
      return taskAt(state, event.payload)?.phase === 'running' ? undefined : { reason: 'the node is not running' };
    case 'effect.completed':
    case 'usage.recorded':
    case 'usage.assumed':
    case 'budget.overrun':
    case 'budget.alerted':
    case 'circuit.opened':
    case 'artifact.stored':
      return state.tasks.has(event.payload.task) ? undefined : { reason: 'the task does not exist' };
    case 'run.paused':
    case 'run.resumed':
    case 'run.step_requested':
    case 'run.cancel_requested':
    case 'run.deadline_passed':
      return decide(state).do === 'stop' ? { reason: 'the run has ended' } : undefined;
    default:
      return { reason: 'nothing in the journal leads to this event' };
  }
}

/** A fork takes up the state of its parent in the midst of things. */
function isForkStart(event: EngineEvent): event is EngineEvent & { type: 'run.started' } {
  return event.type === 'run.started' && event.payload.forked_from !== undefined;
}

/** An effect that was under way when its task ended: the fact stands before the end that is due. */
function isRelease(event: EngineEvent): boolean {
  return (
    event.type === 'usage.recorded' ||
    event.type === 'usage.assumed' ||
    (event.type === 'effect.completed' && event.payload.error?.code === 'effect.cancelled')
  );
}

/**
 * What came in between an outsider's request to stop and the driver's answer: further requests, and outcomes of what was under way (S13).
 */
function isEarlier({ stop }: RunState, { type }: EngineEvent): boolean {
  return stop !== undefined && (isRequest(type) || facts.has(type));
}

/** What came of effects: it happened, whatever the run does. */
const facts: ReadonlySet<EventType> = new Set([
  'effect.completed',
  'effect.refused',
  'usage.recorded',
  'usage.assumed',
  'budget.overrun',
  'budget.alerted',
  'circuit.opened',
  'artifact.stored',
]);

function checkRunStarted(state: RunState, { payload }: EngineEvent & { type: 'run.started' }): Mismatch | undefined {
  if (payload.forked_from) {
    const reason = state.started ? forkFault(state, payload.forked_from.edits) : 'what the run was forked from is missing';
    return reason === undefined ? undefined : { reason };
  }
  if (state.started) return { reason: 'the run has started already' };
  return state.graph.byId.get(payload.start)?.role === 'start' ? undefined : { reason: 'the run does not begin at a start' };
}

function checkNodeStarted(state: RunState, { payload }: EngineEvent & { type: 'node.started' }): Mismatch | undefined {
  if (isHeld(state)) return { reason: state.isQueued ? 'the run is queued' : 'the run is paused' };
  return taskAt(state, payload)?.phase === 'ready' ? undefined : { reason: 'the task is not ready at this node' };
}

/** The node's result is given; where the task goes from there must follow from it. */
function checkCompleted(state: RunState, event: EngineEvent & { type: 'node.completed' }): Mismatch | undefined {
  const task = taskAt(state, event.payload);
  if (task?.phase !== 'ready' && task?.phase !== 'running') return { reason: 'the task is not at this node' };
  const expected = completed(task, resultOf(task, event.payload));
  return equal(event, expected) ? undefined : { reason: 'the node’s result leads elsewhere', expected };
}

/** The result that a `node.completed` records. */
export function resultOf(task: Task, payload: Payload<'node.completed'>): NodeResult {
  if (payload.outcome !== 'failure') return { outcome: payload.outcome, output: outputOf(task, payload) };
  const error = payload.error ?? { code: 'internal.defect', message: 'a failure without an error' };
  return { outcome: 'failure', error };
}

/** A bare label chose the way and left the value alone; without either the node handed its input on. */
function outputOf(task: Task, payload: Payload<'node.completed'>): Json {
  if (payload.output !== undefined) return payload.output;
  return payload.label === undefined ? task.value : payload.label;
}

function taskAt(state: RunState, place: { task: string; node: string }): Task | undefined {
  const task = state.tasks.get(place.task);
  return task?.at.id === place.node ? task : undefined;
}

function equal(left: EngineEvent, right: EngineEvent): boolean {
  return left.type === right.type && canonicalJson(left.payload) === canonicalJson(right.payload);
}

function bare({ type, payload }: JournalEvent): EngineEvent {
  return { type, payload } as EngineEvent;
}

function dueAfter(state: RunState): readonly EngineEvent[] {
  const decision = decide(state);
  return decision.do === 'record' ? decision.events : [];
}
