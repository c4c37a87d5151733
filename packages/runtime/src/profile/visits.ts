import type { Payload } from '@espalier/core';
import { bear, nodeOf, type Recording, type TaskTally, taskOf, type Visit } from './recording.ts';
import { read } from './timing.ts';

/** A task begins its node. */
export function beginVisit(recording: Recording, payload: Payload<'node.started'>): void {
  const { now } = recording;
  const task = taskOf(recording, payload.task);
  const node = nodeOf(recording, payload.node);
  const queuedMs = task.ready ? now.ms - task.ready.ms : null;
  const visit: Visit = { ...payload, from: now, to: undefined, isTimed: true, queuedMs, before: task.before };
  if (queuedMs !== null) node.latencies.push(queuedMs);
  node.visits.push(visit);
  node.underWay = read(node.underWay, node.underWay.last + 1);
  task.visits.push(visit);
  task.visit = visit;
  task.ready = undefined;
  recording.openVisits.add(visit);
}

/** A node has a result. Without a visit under way it was done at once. */
export function completeVisit(recording: Recording, payload: Payload<'node.completed'>): void {
  const { now } = recording;
  const task = taskOf(recording, payload.task);
  const node = nodeOf(recording, payload.node);
  const { task: taskId, node: nodeId } = payload;
  const atOnce: Visit = { task: taskId, node: nodeId, from: now, to: now, isTimed: false, queuedMs: null, before: task.before };
  const visit = task.visit ?? atOnce;
  if (!task.visit) node.untimed += 1;
  endVisit(recording, task);
  node.completed += 1;
  if (payload.outcome === 'failure') node.failures += 1;
  task.nodes += 1;
  task.before = visit;
  task.ready = payload.next === undefined ? undefined : now;
  recording.latest = visit;
}

/** A task derived others. They are ready at once, unless they are at a merge already. */
export function deriveTasks(recording: Recording, { task, node, count }: Payload<'task.derived'>): void {
  const { before } = taskOf(recording, task);
  for (let index = 0; index < count; index += 1) bear(recording, `${task}/${node}.${index}`, before);
}

/** Those that arrived end; the task that they come from goes on, because of the last of them or of the last failure. */
export function fireMerge(recording: Recording, { task, arrived, failed }: Payload<'merge.fired'>): void {
  const parent = taskOf(recording, task);
  for (const id of [...arrived, ...failed]) {
    const { before } = taskOf(recording, id);
    if (endOf(before) >= endOf(parent.before)) parent.before = before;
  }
  for (const id of arrived) endTask(recording, id, 'merged');
  parent.ready = recording.now;
}

/** A task ends; a node that it was in ends with it, without a result. */
export function endTask(recording: Recording, id: string, end: NonNullable<TaskTally['end']>): void {
  const task = taskOf(recording, id);
  if (task.ended) return;
  if (task.visit) nodeOf(recording, task.visit.node).cancelled += 1;
  endVisit(recording, task);
  task.ended = recording.now;
  task.end = end;
  task.ready = undefined;
  recording.alive = read(recording.alive, recording.alive.last - 1);
}

function endVisit(recording: Recording, task: TaskTally): void {
  const { visit } = task;
  if (!visit) return;
  visit.to = recording.now;
  task.visit = undefined;
  recording.openVisits.delete(visit);
  const node = nodeOf(recording, visit.node);
  node.underWay = read(node.underWay, node.underWay.last - 1);
}

function endOf(visit: Visit | undefined): number {
  return visit?.to?.index ?? -1;
}
