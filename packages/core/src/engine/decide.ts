import type { Fault } from '../errors/espalier-error.ts';
import type { GraphNode } from '../graph/graph.ts';
import type { EngineEvent, Payload } from '../wire/events.ts';
import { failedAt } from './complete.ts';
import { endedInFailure, endedWithGroup } from './ending.ts';
import { canReach } from './groups.ts';
import { roles } from './roles.ts';
import { mergeOutcome, settlementOf } from './settlement.ts';
import type { Group, RunState, Task } from './state.ts';

/** What must happen next. */
export type Decision =
  /** Facts that follow from the state: record them in one commit with what led to them, apply them, decide again. */
  | { do: 'record'; events: readonly EngineEvent[] }
  /** Perform the node that the task is at, on the task's value (behind a merge: on what arrived), and record the result with `completed`. */
  | { do: 'perform'; task: Task }
  /** Nothing, until something comes in from outside. */
  | { do: 'wait' }
  /** The run has ended. */
  | { do: 'stop' };

const wait: Decision = { do: 'wait' };
const stop: Decision = { do: 'stop' };

/** Decides from the state alone, at a cost that depends on what changed and not on the size of the graph (S8). */
export function decide(state: RunState): Decision {
  if (state.status === 'completed' || state.status === 'cancelled') return stop;
  if (!state.started) return wait;
  if (state.stop) return { do: 'record', events: stopRun(state, state.started.root) };
  if (state.settling.size > 0) return { do: 'record', events: settleTask(first(state.settling)) };
  if (state.unsettled.size > 0) return { do: 'record', events: settleGroup(state, innermost(state.unsettled)) };
  if (state.live === 0) return { do: 'record', events: [runCompleted(state.started.root)] };
  if (state.ready.size === 0 || isHeld(state)) return wait;
  return { do: 'perform', task: state.ready.first() as Task };
}

/** Whether a queue or a pause keeps nodes from being performed. */
export function isHeld({ status, steps, isQueued }: RunState): boolean {
  return isQueued || (status === 'paused' && steps === 0);
}

function first<T>(items: ReadonlySet<T>): T {
  return items.values().next().value as T;
}

/** A merge further in fires first: its task may still be on its way to the one further out (S18). */
function innermost(groups: ReadonlySet<Group>): Group {
  let deepest = first(groups);
  if (groups.size > 1) for (const group of groups) if (group.depth > deepest.depth) deepest = group;
  return deepest;
}

function settleTask(task: Task): EngineEvent[] {
  const { continue_on_failure: goesOn, always_fail: alwaysFails } = task.at.manifest;
  if (task.nodeOutcome === 'failure' && !goesOn && !alwaysFails) return [endedInFailure(task)];
  return roles[task.at.role].settle(task);
}

function settleGroup(state: RunState, group: Group): EngineEvent[] {
  if (settlementOf(group) === 'fire') return fire(state, group);
  // Without a winner all children have ended; those who left an earlier merge aside go on.
  const left =
    group.as === 'clones' && group.winner ? group.children.flatMap((child) => cancelAll(child, 'another clone succeeded first')) : [];
  return [...left, endedWithGroup(group)];
}

/** Firing early cancels whoever could still come; a merge that fails is a node failure of the task that goes on (S18). */
function fire(state: RunState, group: Group): EngineEvent[] {
  const merge = group.closer as GraphNode;
  const reason = `merge ${merge.id} fired without it`;
  const outcome = mergeOutcome(group);
  const events = group.pending > 0 ? group.children.flatMap((child) => cancelPending(state, child, { group, reason })) : [];
  const payload = { task: group.parent.id, node: merge.id, arrived: ids([...group.arrived]), failed: ids(group.failed), outcome };
  events.push({ type: 'merge.fired', payload });
  if (outcome === 'failure') events.push(failedAt(merge, group.parent, mergeFault(merge, group)));
  return events;
}

/** Leaves of the instance that could still reach the closer; who is on the way elsewhere goes on. */
function cancelPending(state: RunState, task: Task, why: { group: Group; reason: string }): EngineEvent[] {
  const below = derivedOf(task).flatMap((child) => cancelPending(state, child, why));
  if (task.phase === 'ended' || task.phase === 'derived') return below;
  const arrived = task.phase === 'waiting' && task.at === why.group.closer;
  return !arrived && canReach(state, task.at, why.group) ? [...below, cancelled(task, why.reason)] : below;
}

/** The task and everything derived from it, the youngest first. */
function cancelAll(task: Task, reason: string): EngineEvent[] {
  const below = derivedOf(task).flatMap((child) => cancelAll(child, reason));
  return task.phase === 'ended' ? below : [...below, cancelled(task, reason)];
}

/** What may still be alive of what a task derived: its clones or subtasks, and those that left an earlier merge aside. */
function derivedOf(task: Task): Task[] {
  const groups = task.phase === 'derived' && task.group ? [...task.strays, task.group] : task.strays;
  return groups.flatMap((group) => group.children);
}

function mergeFault(merge: GraphNode, group: Group): Fault {
  const { strategy, quorum } = merge.manifest.merge ?? { strategy: 'all' };
  const needed = strategy === 'quorum' ? `quorum of ${quorum}` : strategy;
  const message = `Merge ${merge.id} (${needed}) had ${group.arrived.size} arrivals and ${group.failed.length} failures.`;
  return { code: 'merge.failed', message, details: { arrived: ids([...group.arrived]), failed: ids(group.failed) } };
}

function stopRun(state: RunState, root: Task): EngineEvent[] {
  const live = [...state.tasks.values()].filter((task) => task.phase !== 'ended').reverse();
  if (state.stop?.kind === 'cancel') {
    const { reason } = state.stop;
    return [...live.map((task) => cancelled(task, reason)), { type: 'run.cancelled', payload: { reason } }];
  }
  const reason = `the deadline of ${state.stop?.deadlineMs} ms passed`;
  const events = live.filter((task) => task !== root).map((task) => cancelled(task, reason));
  if (root.phase === 'ended') return [...events, runCompleted(root)];
  events.push({ type: 'task.completed', payload: { task: root.id, outcome: 'failure', reason } });
  return [...events, { type: 'run.completed', payload: { outcome: 'failure', reason } }];
}

function runCompleted(root: Task): EngineEvent {
  const payload: Payload<'run.completed'> = { outcome: root.outcome };
  if (root.exit) payload.exit = root.exit.id;
  if (root.reason !== undefined) payload.reason = root.reason;
  return { type: 'run.completed', payload };
}

function cancelled(task: Task, reason: string): EngineEvent {
  return { type: 'task.cancelled', payload: { task: task.id, reason } };
}

function ids(tasks: readonly Task[]): string[] {
  return tasks.map((task) => task.id);
}
