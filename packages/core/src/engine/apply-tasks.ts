import type { GraphNode } from '../graph/graph.ts';
import type { Payload } from '../wire/events.ts';
import type { Json } from '../wire/json.ts';
import { arrive, countIn, countOut, groupAhead, groupClosedBy, recount, review, withdraw } from './groups.ts';
import { itemsOf } from './items.ts';
import { derivedId, inMergeOrder, memoryBelow } from './lineage.ts';
import { createTask, type Group, nodeOf, type RunState, type Task, taskOf } from './state.ts';

/** The task is under way at its node. */
export function startNode(state: RunState, payload: Payload<'node.started'>): void {
  const task = taskOf(state, payload.task);
  useStep(state);
  task.phase = 'running';
  state.ready.delete(task);
  state.running.add(task);
}

function useStep(state: RunState): void {
  if (state.steps > 0) state.steps -= 1;
}

/** The node's result becomes the task's, and the task moves on if it has somewhere to go. */
export function completeNode(state: RunState, payload: Payload<'node.completed'>): void {
  const task = taskOf(state, payload.task);
  state.ready.delete(task);
  if (task.phase === 'running') state.running.delete(task);
  else if (task.phase === 'ready') useStep(state);
  if (task.effects.length > 0) task.effects = [];
  task.merging = undefined;
  if (payload.output !== undefined) {
    task.value = payload.output;
    task.memory.push({ seq: state.seq, task: task.id, node: payload.node, output: payload.output });
  }
  task.nodeOutcome = payload.outcome;
  if (payload.outcome !== 'success') task.outcome = 'partial';
  if (payload.error) task.error = payload.error;
  if (payload.next !== undefined) moveTo(state, task, nextNode(state, task, payload.next));
  else {
    task.phase = 'settling';
    state.settling.add(task);
  }
}

/** Most nodes have one edge: asking it first spares a look-up that misses the cache in large graphs. */
function nextNode(state: RunState, task: Task, id: string): GraphNode {
  const only = task.at.out[0]?.to;
  return only?.id === id ? only : nodeOf(state, id);
}

function moveTo(state: RunState, task: Task, to: GraphNode): void {
  const group = to.role === 'merge' ? groupClosedBy(state, task, to) : undefined;
  if (task.bornIn) recount(state, task, to);
  task.from = task.at;
  task.at = to;
  if (group) arrive(state, task, group);
  else {
    task.phase = 'ready';
    state.ready.add(task);
  }
}

/** The task is represented by its clones or subtasks until they are done or merged. */
export function deriveTasks(state: RunState, payload: Payload<'task.derived'>): void {
  const parent = taskOf(state, payload.task);
  const opener = parent.at;
  const closer = state.started?.closers.closerOf.get(opener);
  const group: Group = {
    parent,
    opener,
    closer,
    as: payload.as,
    depth: parent.bornIn ? parent.bornIn.depth + 1 : 0,
    children: [],
    live: payload.count,
    pending: 0,
    arrived: new Set(),
    failed: [],
    winner: undefined,
    known: parent.memory.length,
    closed: false,
  };
  const items = itemsOf(opener, parent.value);
  const places: GraphNode[] = opener.out.map((edge) => edge.to);
  for (let index = 0; index < payload.count; index += 1) {
    const at = places[index % places.length] as GraphNode;
    const value = items ? (items[index] as Json) : parent.value;
    const id = derivedId(parent, opener, index);
    const child = createTask({ id, bornIn: group, index, at, from: opener, value });
    group.children.push(child);
    state.tasks.set(id, child);
    placeChild(state, child);
  }
  state.live += payload.count;
  state.settling.delete(parent);
  countOut(state, parent);
  parent.phase = 'derived';
  parent.group = group;
  review(state, group);
}

/** A branch or split may lead straight to the merge that closes it, or to the one that closes an outer opener. */
function placeChild(state: RunState, child: Task): void {
  countIn(state, child);
  const group = child.at.role === 'merge' ? groupClosedBy(state, child, child.at) : undefined;
  if (group) arrive(state, child, group);
  else state.ready.add(child);
}

/** The common ancestor of what arrived goes on, at the merge. */
export function fireMerge(state: RunState, payload: Payload<'merge.fired'>): void {
  const task = taskOf(state, payload.task);
  const group = task.group as Group;
  const merge = nodeOf(state, payload.node);
  const arrived = inMergeOrder(
    merge,
    payload.arrived.map((id) => taskOf(state, id)),
  );
  const failed = payload.failed.map((id) => taskOf(state, id));
  closeGroup(state, group);
  // Not as arguments of one call: there may be more of them than a stack holds.
  for (const entry of memoryBelow(task, arrived)) task.memory.push(entry);
  for (const child of arrived) endTask(state, child, 'merged');
  task.group = undefined;
  if (group.live > 0) task.strays.push(group);
  task.merging = { arrived, failed, hasFailed: payload.outcome === 'failure' };
  if (payload.outcome !== 'success') task.outcome = 'partial';
  task.from = task.at;
  task.at = merge;
  task.phase = 'ready';
  state.ready.add(task);
  countIn(state, task);
}

/** The task ended by itself: at an exit, by failing, or with its clones or subtasks. */
export function completeTask(state: RunState, payload: Payload<'task.completed'>): void {
  const task = taskOf(state, payload.task);
  const group = task.group;
  const winner = payload.winner === undefined ? undefined : taskOf(state, payload.winner);
  if (winner) {
    task.value = winner.value;
    task.error = winner.error;
  } else if (group?.as === 'subtasks' && payload.outcome !== 'failure') {
    task.value = group.children.filter((child) => child.end === 'completed' && child.outcome !== 'failure').map((child) => child.value);
  }
  task.exit = payload.exit === undefined ? undefined : nodeOf(state, payload.exit);
  task.reason = payload.reason;
  registerEnd(state, task, payload);
  endTask(state, task, 'completed');
  task.outcome = payload.outcome;
}

/** Tells the task's group of a success at an exit, or of a failure on the way to its closer. */
function registerEnd(state: RunState, task: Task, { outcome, exit }: Payload<'task.completed'>): void {
  const group = task.bornIn;
  if (!group) return;
  if (group.as === 'clones' && outcome === 'success' && exit !== undefined) group.winner ??= task;
  if (outcome === 'failure' && exit === undefined) registerFailure(state, task);
}

/** A failure counts where the task was heading: in the innermost group whose closer it could still have reached. */
function registerFailure(state: RunState, task: Task): void {
  // What a task derived has spoken for itself, unless it was heading for a merge that nobody reached.
  const lost = task.group ? (task.group.failed.length > 0 ? task.group.closer : undefined) : task.at;
  const group = lost && groupAhead(state, task, lost);
  if (!group) return;
  group.failed.push(task);
  review(state, group);
}

/** Takes a task out of everything that counts or lists it. */
export function endTask(state: RunState, task: Task, end: NonNullable<Task['end']>): void {
  if (task.phase === 'ended') return;
  if (task.phase !== 'derived') countOut(state, task);
  if (task.phase === 'waiting' && end !== 'merged') withdraw(state, task);
  if (task.group) closeGroup(state, task.group);
  task.phase = 'ended';
  task.end = end;
  state.ready.delete(task);
  state.running.delete(task);
  state.settling.delete(task);
  state.live -= 1;
  if (!task.bornIn) return;
  task.bornIn.live -= 1;
  review(state, task.bornIn);
}

function closeGroup(state: RunState, group: Group): void {
  group.closed = true;
  review(state, group);
}
