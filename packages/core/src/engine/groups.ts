import type { GraphNode } from '../graph/graph.ts';
import { settlementOf } from './settlement.ts';
import type { Group, RunState, Task } from './state.ts';

/*
 * How a merge knows that nobody can come any more (S18): each group counts the tasks of its instance, at any depth, that can still
 * reach its closer. Only leaves count: a task that derived others is represented by them until it goes on itself.
 */

/** The groups around a task, innermost first. */
function* enclosing(task: Task): Generator<Group> {
  for (let group = task.bornIn; group; group = group.parent.bornIn) yield group;
}

/** Counts a leaf where it stands, in every group whose closer it can reach. */
export function countIn(state: RunState, task: Task): void {
  for (const group of enclosing(task)) if (canReach(state, task.at, group)) changePending(state, group, 1);
}

/** Takes a leaf out of every count. */
export function countOut(state: RunState, task: Task): void {
  for (const group of enclosing(task)) if (isCounted(state, task, group)) changePending(state, group, -1);
}

/** Moves a leaf to `to`: out of the counts of closers that it can no longer reach. */
export function recount(state: RunState, task: Task, to: GraphNode): void {
  for (const group of enclosing(task)) {
    if (canReach(state, task.at, group) && !canReach(state, to, group)) changePending(state, group, -1);
  }
}

/** The group that `merge` closes for this task, if it closes one. */
export function groupClosedBy(state: RunState, task: Task, merge: GraphNode): Group | undefined {
  const opener = state.started?.closers.openerOf.get(merge);
  if (!opener) return undefined;
  for (const group of enclosing(task)) if (group.opener === opener) return group;
  return undefined;
}

/** The innermost group whose closer a task can reach from `node`; none if it lies before a merge that fired without the task. */
export function groupAhead(state: RunState, task: Task, node: GraphNode): Group | undefined {
  let ahead: Group | undefined;
  for (const group of enclosing(task)) {
    if (!canReach(state, node, group)) continue;
    if (group.closed) return undefined;
    ahead ??= group;
  }
  return ahead;
}

/** A task stands at the closer of `group` and waits. */
export function arrive(state: RunState, task: Task, group: Group): void {
  task.phase = 'waiting';
  group.arrived.add(task);
  changePending(state, group, -1);
}

/** A task that waited at a merge was cancelled: it has not arrived after all. */
export function withdraw(state: RunState, task: Task): void {
  const group = groupClosedBy(state, task, task.at);
  if (!group || group.closed) return;
  group.arrived.delete(task);
  review(state, group);
}

/** Whether a task at `node` can still reach the group's closer. */
export function canReach(state: RunState, node: GraphNode, group: Group): boolean {
  return group.closer !== undefined && state.graph.reaches(node, group.closer);
}

/** Notes whether there is now something to decide about the group. O(1). */
export function review(state: RunState, group: Group): void {
  if (settlementOf(group)) state.unsettled.add(group);
  else state.unsettled.delete(group);
}

/** A task that waits at the group's own closer has arrived: it is pending no more. */
function isCounted(state: RunState, task: Task, group: Group): boolean {
  return canReach(state, task.at, group) && !(task.phase === 'waiting' && task.at === group.closer);
}

function changePending(state: RunState, group: Group, by: 1 | -1): void {
  group.pending += by;
  review(state, group);
}
