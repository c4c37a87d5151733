import type { Json, JsonObject } from '../wire/json.ts';
import type { Group, RunState, Task } from './state.ts';

/** The state as plain JSON, for people, diffs and comparisons. Equal states give equal snapshots. */
export function snapshot(state: RunState): JsonObject {
  return clean({
    seq: state.seq,
    status: state.status,
    outcome: state.outcome,
    reason: state.reason,
    workflow_hash: state.started?.workflowHash,
    start: state.started?.start.id,
    ready: [...state.ready].map((task) => task.id),
    running: [...state.running].map((task) => task.id),
    tasks: Object.fromEntries([...state.tasks].map(([id, task]) => [id, taskSnapshot(task)])),
  });
}

function taskSnapshot(task: Task): Json {
  return clean({
    phase: task.phase,
    end: task.end,
    at: task.at.id,
    from: task.from?.id,
    value: task.value,
    outcome: task.outcome,
    exit: task.exit?.id,
    error: task.error && { ...task.error },
    reason: task.reason,
    group: task.group && groupSnapshot(task.group),
    merging: task.merging && { arrived: ids(task.merging.arrived), failed: ids(task.merging.failed) },
    effects: task.effects.map(({ result, ...effect }) => clean({ ...effect, result: result && { ...result } })),
    memory: task.memory.map(({ seq, task: owner, node }) => ({ seq, task: owner, node })),
  });
}

function groupSnapshot(group: Group): Json {
  return clean({
    opener: group.opener.id,
    closer: group.closer?.id,
    as: group.as,
    live: group.live,
    pending: group.pending,
    arrived: ids([...group.arrived]),
    failed: ids(group.failed),
    winner: group.winner?.id,
  });
}

function ids(tasks: readonly Task[]): string[] {
  return tasks.map((task) => task.id);
}

/** Without the members that are undefined. */
function clean(members: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject;
}
