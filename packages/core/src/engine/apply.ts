import type { GraphNode } from '../graph/graph.ts';
import type { EngineEvent, EventType, Payload } from '../wire/events.ts';
import type { Json } from '../wire/json.ts';
import { ordinalOf } from './effect-key.ts';
import { arrive, canReach, countIn, countOut, groupClosedBy, recount, review, withdraw } from './groups.ts';
import { itemsOf } from './items.ts';
import { derivedId, inMergeOrder, memoryBelow } from './lineage.ts';
import { createTask, type EffectRecord, type Group, type RunState, rootTaskId, type Task } from './state.ts';

type Handlers = { [T in EventType]: (state: RunState, payload: Payload<T>) => void };

/** The only way a run's state changes: folds one event into it. The state is the caller's to give up: it is mutated (S8). */
export function apply(state: RunState, event: EngineEvent): void {
  state.seq += 1;
  (handlers[event.type] as (state: RunState, payload: EngineEvent['payload']) => void)(state, event.payload);
}

const handlers: Handlers = {
  'run.started': startRun,
  'run.paused': (state) => {
    state.status = 'paused';
  },
  'run.resumed': (state) => {
    state.status = 'running';
  },
  'run.cancel_requested': (state, { reason }) => {
    state.stop ??= { kind: 'cancel', reason };
  },
  'run.deadline_passed': (state, { deadline_ms: deadlineMs }) => {
    state.stop ??= { kind: 'deadline', deadlineMs };
  },
  'run.completed': (state, { outcome, reason }) => endRun(state, { status: 'completed', outcome, reason }),
  'run.cancelled': (state, { reason }) => endRun(state, { status: 'cancelled', outcome: undefined, reason }),
  'node.started': (state, payload) => {
    const task = taskOf(state, payload.task);
    task.phase = 'running';
    state.ready.delete(task);
    state.running.add(task);
  },
  'node.completed': completeNode,
  'effect.started': startEffect,
  'effect.completed': completeEffect,
  'effect.refused': refuseEffect,
  'artifact.stored': () => {},
  'task.derived': deriveTasks,
  'merge.fired': fireMerge,
  'task.completed': completeTask,
  'task.cancelled': (state, payload) => endTask(state, taskOf(state, payload.task), 'cancelled'),
};

function startRun(state: RunState, payload: Payload<'run.started'>): void {
  const start = nodeOf(state, payload.start);
  const root = createTask({ id: rootTaskId, bornIn: undefined, index: 0, at: start, from: undefined, value: payload.input });
  const closers = state.graph.closersFrom(start);
  state.started = { workflowHash: payload.workflow_hash, start, closers, metadata: payload.metadata, root };
  state.status = 'running';
  state.tasks.set(root.id, root);
  state.live = 1;
  state.ready.add(root);
}

function endRun(state: RunState, end: Pick<RunState, 'status' | 'outcome' | 'reason'>): void {
  Object.assign(state, end);
  state.stop = undefined;
}

function completeNode(state: RunState, payload: Payload<'node.completed'>): void {
  const task = taskOf(state, payload.task);
  state.ready.delete(task);
  if (task.phase === 'running') state.running.delete(task);
  if (task.effects.length > 0) task.effects = [];
  task.merging = undefined;
  if (payload.output !== undefined) {
    task.value = payload.output;
    task.memory.push({ seq: state.seq, task: task.id, node: payload.node, output: payload.output });
  }
  task.nodeOutcome = payload.outcome;
  if (payload.outcome !== 'success') task.outcome = 'partial';
  if (payload.error) task.error = payload.error;
  if (payload.next !== undefined) moveTo(state, task, nodeOf(state, payload.next));
  else {
    task.phase = 'settling';
    state.settling.add(task);
  }
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

function deriveTasks(state: RunState, payload: Payload<'task.derived'>): void {
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
    arrived: [],
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

function fireMerge(state: RunState, payload: Payload<'merge.fired'>): void {
  const task = taskOf(state, payload.task);
  const group = task.group as Group;
  const merge = nodeOf(state, payload.node);
  const arrived = inMergeOrder(
    merge,
    payload.arrived.map((id) => taskOf(state, id)),
  );
  const failed = payload.failed.map((id) => taskOf(state, id));
  closeGroup(state, group);
  task.memory.push(...memoryBelow(task, arrived));
  for (const child of arrived) endTask(state, child, 'merged');
  task.group = undefined;
  task.merging = { arrived, failed };
  if (payload.outcome !== 'success') task.outcome = 'partial';
  task.from = task.at;
  task.at = merge;
  task.phase = 'ready';
  state.ready.add(task);
  countIn(state, task);
}

function completeTask(state: RunState, payload: Payload<'task.completed'>): void {
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
  if (outcome === 'success' && exit !== undefined) group.winner ??= task;
  if (outcome === 'failure' && exit === undefined && fellShort(state, task, group)) group.failed.push(task);
}

/** Whether a failed task, or one of those derived from it, failed where it could still have reached the group's closer. */
function fellShort(state: RunState, task: Task, group: Group): boolean {
  if (!task.group) return canReach(state, task.at, group);
  const failed = task.group.children.filter((child) => child.end === 'completed' && child.outcome === 'failure' && !child.exit);
  return failed.some((child) => fellShort(state, child, group));
}

function endTask(state: RunState, task: Task, end: NonNullable<Task['end']>): void {
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

function startEffect(state: RunState, payload: Payload<'effect.started'>): void {
  const task = taskOf(state, payload.task);
  const record: EffectRecord = {
    key: payload.key,
    kind: payload.kind,
    target: payload.target,
    inputHash: payload.input_hash,
    try: payload.try,
    result: undefined,
  };
  task.effects[ordinalOf(payload.key)] = record;
}

function completeEffect(state: RunState, payload: Payload<'effect.completed'>): void {
  const record = taskOf(state, payload.task).effects[ordinalOf(payload.key)];
  // An outcome may come in after its task was cancelled: a fact for the record that changes nothing (S13).
  if (!record || record.key !== payload.key) return;
  record.result = payload.error
    ? { outcome: 'failure', error: payload.error }
    : { outcome: payload.outcome === 'partial' ? 'partial' : 'success', output: payload.output ?? null };
}

function refuseEffect(state: RunState, payload: Payload<'effect.refused'>): void {
  const { key, kind, target, error } = payload;
  const result = { outcome: 'failure', error } as const;
  taskOf(state, payload.task).effects[ordinalOf(key)] = { key, kind, target, inputHash: '', try: 1, result };
}

function taskOf(state: RunState, id: string): Task {
  const task = state.tasks.get(id);
  if (!task) throw new RangeError(`no task ${id}`);
  return task;
}

function nodeOf(state: RunState, id: string): GraphNode {
  const node = state.graph.byId.get(id);
  if (!node) throw new RangeError(`no node ${id}`);
  return node;
}
