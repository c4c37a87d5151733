import type { Edit, ForkOrigin, Payload } from '../wire/events.ts';
import type { Json } from '../wire/json.ts';
import type { RunState, Task, TaskPhase } from './state.ts';

/**
 * A fork begins: the state is that of its parent, up to where it branches off (S3). What was under way counts as not begun, a pause or a
 * request to end was the parent's, and sequence numbers are those of a journal of its own.
 * @throws RangeError for a fork that does not fit the state: the journal is corrupt.
 */
export function forkRun(state: RunState, payload: Payload<'run.started'> & { forked_from: ForkOrigin }): void {
  const { started } = state;
  const fault = started ? forkFault(state, payload.forked_from.edits) : 'what it was forked from is missing';
  if (!started || fault !== undefined) throw new RangeError(fault);
  state.seq = 1;
  Object.assign(state, { status: 'running', steps: 0, isQueued: false, stop: undefined, outcome: undefined, reason: undefined });
  state.started = {
    ...started,
    workflowHash: payload.workflow_hash,
    metadata: payload.metadata,
    user: payload.user,
    session: payload.session,
    costCentre: payload.cost_centre,
  };
  beginAgain(state);
  for (const edit of payload.forked_from.edits) if (edit.edit !== 'parameter') change(state.tasks.get(edit.task) as Task, edit);
}

/** Why a run cannot be forked in this state with these edits, for people; undefined if it can. */
export function forkFault(state: RunState, edits: readonly Edit[]): string | undefined {
  if (state.live === 0 || state.started?.root.phase === 'ended') return 'the run has nothing left to do there';
  const torn = [...state.ready].find(({ merging }) => merging?.hasFailed);
  if (torn) return `merge ${torn.at.id} has failed, and the next event says so: fork there`;
  for (const edit of edits) {
    const fault = edit.edit === 'parameter' ? undefined : editFault(state, edit.task);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const editable: ReadonlySet<TaskPhase> = new Set(['ready', 'running', 'settling', 'waiting']);

function editFault(state: RunState, id: string): string | undefined {
  const task = state.tasks.get(id);
  if (task && editable.has(task.phase) && !task.merging) return undefined;
  const others = [...state.tasks.values()].filter(({ phase, merging }) => editable.has(phase) && !merging).map((other) => other.id);
  const expected = others.length > 0 ? `expected one of ${others.slice(0, 8).join(', ')}` : 'no task can be edited there';
  if (!task) return `there is no task ${id}; ${expected}`;
  if (task.merging) return `task ${id} is about to take what arrived at ${task.at.id}: edit the tasks that arrive, at an earlier event`;
  return `task ${id} is ${task.phase}; ${expected}`;
}

/** Nodes that were under way stand before those that were not, as they would have been begun earlier. */
function beginAgain(state: RunState): void {
  const waiting = [...state.ready];
  for (const task of waiting) state.ready.delete(task);
  for (const task of state.running) {
    task.phase = 'ready';
    task.effects = [];
  }
  for (const task of [...state.running, ...waiting]) state.ready.add(task);
  state.running.clear();
}

function change(task: Task, { edit, value }: { edit: 'output' | 'input'; value: Json }): void {
  task.value = value;
  const last = task.memory.length - 1;
  const entry = task.memory[last];
  if (edit === 'output' && entry?.task === task.id) task.memory[last] = { ...entry, output: value };
}
