import type { Fault } from '../errors/espalier-error.ts';
import type { Closers, Graph, GraphNode } from '../graph/graph.ts';
import type { EffectKind, Outcome, Remembered, RunMetadata } from '../wire/events.ts';
import type { Json } from '../wire/json.ts';
import type { Reservation } from '../wire/usage.ts';
import { TaskQueue } from './task-queue.ts';

/** The shape of `RunState`, recorded with every run; a journal of an older one needs an upcaster. */
export const stateVersion = 3;

/** What people are told of a run; `waiting` is a running one in which nothing but timers is under way (`statusOf`). */
export type RunStatus = 'queued' | 'running' | 'waiting' | 'paused' | 'completed' | 'cancelled';

/** A run as the fold of its journal (S8). `apply` alone changes it. */
export interface RunState {
  readonly graph: Graph;
  /** Sequence number of the last event applied. */
  seq: number;
  status: Exclude<RunStatus, 'waiting'>;
  /** How many nodes a paused run may perform all the same. */
  steps: number;
  /** Set while the run stands in its queue, even if it is paused there. */
  isQueued: boolean;
  /** Undefined until `run.started`. */
  started: RunStart | undefined;
  readonly tasks: Map<string, Task>;
  /** Tasks that have not ended. */
  live: number;
  /** Tasks to be performed, in order. */
  readonly ready: TaskQueue;
  /** Tasks whose node has started but not completed: what a restart takes up again. */
  readonly running: Set<Task>;
  /** Tasks whose node completed without sending them on: they derive tasks or end. */
  readonly settling: Set<Task>;
  /** Groups in which something happened that may let a merge fire or the parent end. */
  readonly unsettled: Set<Group>;
  /** A request that ends the run, until it is carried out. */
  stop: StopRequest | undefined;
  outcome: Outcome | undefined;
  reason: string | undefined;
}

export interface RunStart {
  workflowHash: string;
  start: GraphNode;
  closers: Closers;
  metadata: RunMetadata;
  root: Task;
  /** What the run was given of the project and global stores (S28). */
  memory: readonly Remembered[];
  /** Whose the run is, and the conversation that it belongs to, where that was said (S21). */
  user: string | undefined;
  session: string | undefined;
  costCentre: 'learning' | 'evals' | undefined;
}

export type StopRequest = { kind: 'cancel'; reason: string } | { kind: 'deadline'; deadlineMs: number };

/**
 * Where a task is: `ready` to be performed at its node, `running` there, `settling` when the node completed, `derived` while its
 * clones or subtasks work, `waiting` at the merge that closes its group, or `ended`.
 */
export type TaskPhase = 'ready' | 'running' | 'settling' | 'derived' | 'waiting' | 'ended';

/** A root task, clone or subtask. Its id is its lineage: `root/split.3/branch.0` (S1). */
export interface Task {
  readonly id: string;
  readonly parent: Task | undefined;
  /** The group the task was derived in; undefined for the root task. */
  readonly bornIn: Group | undefined;
  /** Position among its siblings. */
  readonly index: number;
  phase: TaskPhase;
  at: GraphNode;
  /** The node before `at`. */
  from: GraphNode | undefined;
  /** The task's output so far: the input of its next node. */
  value: Json;
  /** `partial` once a node was partial or failed and the task went on; final when the task has ended. */
  outcome: Outcome;
  /** How it ended; `merged` tasks live on in the task of their merge. */
  end: 'completed' | 'cancelled' | 'merged' | undefined;
  exit: GraphNode | undefined;
  /** The outcome of the last node that it completed. */
  nodeOutcome: Outcome;
  /** The last failure of one of its nodes. */
  error: Fault | undefined;
  /** Why it ended as it did, for people. */
  reason: string | undefined;
  /** The tasks it derived and still waits for. */
  group: Group | undefined;
  /** Groups whose merge fired while some of their tasks were on their way elsewhere. */
  readonly strays: Group[];
  /** At a merge that fired: what arrived, in input order, what failed on the way, and whether the merge has failed by its strategy. */
  merging: { arrived: readonly Task[]; failed: readonly Task[]; hasFailed: boolean } | undefined;
  /** Effects of the node it is at, by ordinal (S9). */
  effects: EffectRecord[];
  /** Task memory: the outputs of its own nodes and of the tasks merged into it, oldest first (S28). */
  readonly memory: MemoryEntry[];
}

/** One effect of the current node. Without `result` it was started and its outcome is not known. */
export interface EffectRecord {
  key: string;
  kind: EffectKind;
  target: string;
  inputHash: string;
  try: number;
  /** Of a timer: when it is over, in milliseconds since the epoch. */
  dueAt: number | undefined;
  /** Of a model call: what is set aside for this try and not settled yet (S21). */
  reservation: Reservation | undefined;
  result: EffectResult | undefined;
}

export type EffectResult = { outcome: 'success' | 'partial'; output: Json } | { outcome: 'failure'; error: Fault };

export interface MemoryEntry {
  seq: number;
  task: string;
  node: string;
  output: Json;
}

/** The tasks that one task derived at an opener, and the merge that closes it, if any. */
export interface Group {
  readonly parent: Task;
  readonly opener: GraphNode;
  readonly closer: GraphNode | undefined;
  readonly as: 'clones' | 'subtasks';
  /** How many groups are around it. */
  readonly depth: number;
  readonly children: Task[];
  /** Children that have not ended. */
  live: number;
  /** Tasks of the instance, at any depth, that can still reach the closer and have not arrived. */
  pending: number;
  /** Tasks that wait at the closer, first come first. */
  readonly arrived: Set<Task>;
  /** Children that failed where they could still have reached the closer. */
  readonly failed: Task[];
  /** The first clone that succeeded at an exit. */
  winner: Task | undefined;
  /** How much of the parent's memory its children may read: what was there when they were derived. */
  readonly known: number;
  /** The closer fired, or the parent ended: the group decides nothing any more. */
  closed: boolean;
}

/** The state before the first event. */
export function createState(graph: Graph): RunState {
  return {
    graph,
    seq: 0,
    status: 'queued',
    steps: 0,
    isQueued: false,
    started: undefined,
    tasks: new Map(),
    live: 0,
    ready: new TaskQueue(),
    running: new Set(),
    settling: new Set(),
    unsettled: new Set(),
    stop: undefined,
    outcome: undefined,
    reason: undefined,
  };
}

/** The id of every run's root task. */
export const rootTaskId = 'root';

/** A task of id `id` that stands ready at `at`. */
export function createTask(birth: Pick<Task, 'id' | 'bornIn' | 'index' | 'at' | 'from' | 'value'>): Task {
  return {
    id: birth.id,
    parent: birth.bornIn?.parent,
    bornIn: birth.bornIn,
    index: birth.index,
    phase: 'ready',
    at: birth.at,
    from: birth.from,
    value: birth.value,
    outcome: 'success',
    end: undefined,
    exit: undefined,
    nodeOutcome: 'success',
    error: undefined,
    reason: undefined,
    group: undefined,
    strays: [],
    merging: undefined,
    effects: [],
    memory: [],
  };
}

/** @throws RangeError for a task that the run never had: the journal is corrupt. */
export function taskOf(state: RunState, id: string): Task {
  const task = state.tasks.get(id);
  if (!task) throw new RangeError(`no task ${id}`);
  return task;
}

/** @throws RangeError for a node that the graph does not have: the journal is corrupt. */
export function nodeOf(state: RunState, id: string): GraphNode {
  const node = state.graph.byId.get(id);
  if (!node) throw new RangeError(`no node ${id}`);
  return node;
}
