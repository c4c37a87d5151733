import { type JournalEvent, ordinalOf, type RunState, type Task, type TimedEvent } from '@espalier/core';

/**
 * Of the events that others made the journal refuse, those that say what happened in the world and still have a place (S13): outcomes of
 * effects that are open in `state`, their files, refusals of the gate, and what a fork took over. What else there was is decided again.
 */
export function outcomesThatFit(state: RunState, lost: readonly TimedEvent[]): TimedEvent[] {
  if (state.status === 'completed' || state.status === 'cancelled') return [];
  const takenOver = new Set(lost.flatMap(({ type, payload }) => (type === 'effect.completed' && payload.reused_from ? [payload.key] : [])));
  return lost.filter((event) => {
    switch (event.type) {
      case 'effect.started':
        return takenOver.has(event.payload.key) && isFree(taskAt(state, event.payload), event.payload);
      case 'effect.completed':
        if (event.payload.reused_from) return isFree(taskAt(state, event.payload), event.payload);
        // What was abandoned because its task ended goes on if the task has not ended after all.
        return event.payload.error?.code !== 'effect.cancelled' && isOpen(taskAt(state, event.payload), event.payload);
      case 'effect.refused':
        return isFree(taskAt(state, event.payload), event.payload);
      case 'usage.recorded':
      case 'usage.assumed':
        return isOpen(taskAt(state, event.payload), event.payload);
      case 'budget.overrun':
      case 'budget.alerted':
      case 'circuit.opened':
      case 'artifact.stored':
        return taskAt(state, event.payload) !== undefined;
      default:
        return false;
    }
  });
}

function isFree(task: Task | undefined, { key }: { key: string }): boolean {
  return task !== undefined && task.effects[ordinalOf(key)] === undefined;
}

function taskAt(state: RunState, { task: id, node }: { task: string; node: string }): Task | undefined {
  const task = state.tasks.get(id);
  return task?.phase === 'running' && task.at.id === node ? task : undefined;
}

function isOpen(task: Task | undefined, { key, try: attempt }: { key: string; try: number }): boolean {
  const known = task?.effects[ordinalOf(key)];
  return known !== undefined && known.try === attempt && known.result === undefined;
}

/** When the nodes that are under way at the end of a journal began, by task; in milliseconds since the epoch. */
export function startTimes(journal: readonly JournalEvent[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const event of journal) if (event.type === 'node.started') times.set(event.payload.task, event.at);
  return times;
}
