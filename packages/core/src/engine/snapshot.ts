import type { ErrorCode } from '../errors/catalogue.ts';
import type { Fault } from '../errors/espalier-error.ts';
import type { Outcome } from '../wire/events.ts';
import type { Json, JsonObject } from '../wire/json.ts';
import type { EffectRecord, Group, MemoryEntry, RunState, RunStatus, StopRequest, Task, TaskPhase } from './state.ts';
import { statusOf } from './status.ts';

/* Type aliases, as those of interfaces are not known to be JSON. */

/** The state of a run as plain JSON. What does not apply is absent. */
export type StateSnapshot = {
  seq: number;
  status: RunStatus;
  outcome?: Outcome;
  reason?: string;
  workflow_hash?: string;
  start?: string;
  /** A request that ends the run, until it is carried out. */
  stop?: StopRequest;
  /** How many nodes a paused run may perform all the same. */
  steps?: number;
  /** Ids of tasks, in the order in which they will be performed. */
  ready: string[];
  running: string[];
  /** By id, in the order in which they were made. */
  tasks: { [id: string]: TaskSnapshot };
};

export type TaskSnapshot = {
  phase: TaskPhase;
  end?: NonNullable<Task['end']>;
  at: string;
  from?: string;
  value: Json;
  outcome: Outcome;
  exit?: string;
  error?: FaultSnapshot;
  reason?: string;
  group?: Json;
  merging?: Json;
  effects: EffectSnapshot[];
  memory: { seq: number; task: string; node: string; output: Json }[];
};

/** An effect of the node that the task is at; without `result` it is open. */
export type EffectSnapshot = {
  key: string;
  kind: EffectRecord['kind'];
  target: string;
  inputHash: string;
  try: number;
  dueAt?: number;
  result?: { outcome: 'success' | 'partial'; output: Json } | { outcome: 'failure'; error: FaultSnapshot };
};

type FaultSnapshot = { code: ErrorCode; message: string; details?: JsonObject };

/** The state as plain JSON, for people, diffs and comparisons. Equal states give equal snapshots. */
export function snapshot(state: RunState): StateSnapshot {
  return clean<StateSnapshot>({
    seq: state.seq,
    status: statusOf(state),
    outcome: state.outcome,
    reason: state.reason,
    workflow_hash: state.started?.workflowHash,
    start: state.started?.start.id,
    stop: state.stop && { ...state.stop },
    steps: state.steps === 0 ? undefined : state.steps,
    ready: [...state.ready].map((task) => task.id),
    running: [...state.running].map((task) => task.id),
    tasks: Object.fromEntries([...state.tasks].map(([id, task]) => [id, taskSnapshot(task)])),
  });
}

function taskSnapshot(task: Task): TaskSnapshot {
  return clean<TaskSnapshot>({
    phase: task.phase,
    end: task.end,
    at: task.at.id,
    from: task.from?.id,
    value: task.value,
    outcome: task.outcome,
    exit: task.exit?.id,
    error: task.error && faultSnapshot(task.error),
    reason: task.reason,
    group: task.group && groupSnapshot(task.group),
    merging: task.merging && { arrived: ids(task.merging.arrived), failed: ids(task.merging.failed) },
    // Effects that are side by side may have gaps between them.
    effects: Object.values(task.effects).map(effectSnapshot),
    memory: task.memory.map(({ seq, task: owner, node, output }: MemoryEntry) => ({ seq, task: owner, node, output })),
  });
}

function effectSnapshot({ result, ...effect }: EffectRecord): EffectSnapshot {
  const outcome = result && ('error' in result ? { ...result, error: faultSnapshot(result.error) } : { ...result });
  return clean<EffectSnapshot>({ ...effect, result: outcome });
}

function faultSnapshot({ code, message, details }: Fault): FaultSnapshot {
  return clean<FaultSnapshot>({ code, message, details });
}

function groupSnapshot(group: Group): Json {
  return {
    opener: group.opener.id,
    ...(group.closer ? { closer: group.closer.id } : {}),
    as: group.as,
    live: group.live,
    pending: group.pending,
    arrived: ids([...group.arrived]),
    failed: ids(group.failed),
    ...(group.winner ? { winner: group.winner.id } : {}),
  };
}

function ids(tasks: readonly Task[]): string[] {
  return tasks.map((task) => task.id);
}

/** The members of `T`, those that it may lack undefined instead. */
type Complete<T> = { [K in keyof T]-?: T extends Record<K, T[K]> ? T[K] : T[K] | undefined };

/** Without the members that are undefined. */
function clean<T extends object>(members: Complete<T>): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
