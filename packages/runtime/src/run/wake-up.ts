import type { RunState } from '@espalier/core';
import type { Work } from './work-in-flight.ts';

/**
 * When a run whose programs only wait has something to do again: the first of its timers, node timeouts and its deadline. A paused run
 * begins nothing until it is asked to: only its deadline counts.
 */
export function nextWakeUp(state: RunState, work: Iterable<Work>, deadlineAt: number | undefined): number | undefined {
  if (state.isQueued) return undefined;
  if (state.status === 'paused') return deadlineAt;
  let first = deadlineAt ?? Number.POSITIVE_INFINITY;
  for (const { task, timeoutAt } of work) {
    if (timeoutAt !== undefined) first = Math.min(first, timeoutAt);
    for (const { dueAt, result } of Object.values(state.tasks.get(task)?.effects ?? [])) {
      if (dueAt !== undefined && !result) first = Math.min(first, dueAt);
    }
  }
  return first === Number.POSITIVE_INFINITY ? undefined : first;
}
