import type { RunState, RunStatus, Task } from './state.ts';

/** The status of a run as people are told it: `waiting` if all that its tasks do is wait for timers (S2). */
export function statusOf(state: RunState): RunStatus {
  return state.status === 'running' && onlyWaits(state) ? 'waiting' : state.status;
}

function onlyWaits(state: RunState): boolean {
  const { ready, settling, unsettled, running, stop } = state;
  if (stop || ready.size > 0 || settling.size > 0 || unsettled.size > 0 || running.size === 0) return false;
  for (const task of running) if (!isWaiting(task)) return false;
  return true;
}

/** Whether a task that is under way has a timer open, and nothing else. */
function isWaiting(task: Task): boolean {
  // Effects that are side by side may have gaps between them: one that waits for its admission has no record yet.
  const open = Object.values(task.effects).filter((effect) => effect.result === undefined);
  return open.length > 0 && open.every((effect) => effect.kind === 'timer');
}
