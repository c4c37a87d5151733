import type { EngineEvent, Outcome, Payload } from '../wire/events.ts';
import type { Group, Task } from './state.ts';

/** A task that ends where its node failed. */
export function endedInFailure(task: Task): EngineEvent {
  const reason = `${task.at.id}: ${task.error?.message ?? 'failed'}`;
  return { type: 'task.completed', payload: { task: task.id, outcome: 'failure', reason } };
}

/** The end of a task whose clones or subtasks are done, as ENG-X3 has it. */
export function endedWithGroup(group: Group): EngineEvent {
  const ended = group.children.filter((child) => child.end === 'completed');
  if (ended.length === 0 && group.children.length > 0) return endedWithout(group);
  return { type: 'task.completed', payload: group.as === 'clones' ? clonesEnd(group, ended) : subtasksEnd(group, ended) };
}

/** Every child was cancelled or went on in a merge further out: nothing of this task is left. */
function endedWithout(group: Group): EngineEvent {
  const task = group.parent.id;
  const merged = group.children.some((child) => child.end === 'merged');
  if (merged) return { type: 'task.completed', payload: { task, outcome: 'success', reason: 'merged further out' } };
  return { type: 'task.cancelled', payload: { task, reason: 'all tasks derived from it were cancelled' } };
}

/** The first clone that succeeds decides; without one, the best of the others. */
function clonesEnd(group: Group, ended: readonly Task[]): Payload<'task.completed'> {
  const best =
    group.winner ??
    ended.find((child) => child.outcome === 'partial') ??
    ended.find((child) => child.outcome === 'success') ??
    ended.find((child) => child.exit !== undefined) ??
    (ended[0] as Task);
  const payload = { task: group.parent.id, outcome: best.outcome, winner: best.id };
  return withExit(best.outcome === 'failure' ? { ...payload, reason: reasonOf(best) } : payload, best);
}

function subtasksEnd(group: Group, ended: readonly Task[]): Payload<'task.completed'> {
  const failed = ended.find((child) => child.outcome === 'failure');
  const outcome = subtasksOutcome(ended);
  const payload = { task: group.parent.id, outcome };
  return withExit(
    failed ? { ...payload, reason: reasonOf(failed) } : payload,
    ended.find((child) => child.exit !== undefined),
  );
}

function subtasksOutcome(ended: readonly Task[]): Outcome {
  if (ended.every((child) => child.outcome === 'success')) return 'success';
  return ended.every((child) => child.outcome === 'failure') ? 'failure' : 'partial';
}

function withExit(payload: Payload<'task.completed'>, task: Task | undefined): Payload<'task.completed'> {
  return task?.exit ? { ...payload, exit: task.exit.id } : payload;
}

function reasonOf(task: Task): string {
  return `${task.id}: ${task.error?.message ?? 'failed'}`;
}
