import type { TimedEvent } from '@espalier/core';

const at = 1_700_000_000_000;

/** The first event of a run at `root_task`, or of one without a task. */
export function startedEvent(
  rootTask?: string,
  input: Extract<TimedEvent, { type: 'run.started' }>['payload']['input'] = null,
): TimedEvent {
  const metadata = { engine_version: '0.1.0', state_version: 1, manifest_hashes: {}, adapters: {} };
  const payload = { workflow: 'letters', workflow_hash: 'a'.repeat(64), start: 'begin', input, metadata };
  return { type: 'run.started', payload: rootTask === undefined ? payload : { ...payload, root_task: rootTask }, at };
}

/** Events that end a run. */
export const completedEvent: TimedEvent = { type: 'run.completed', payload: { outcome: 'success', exit: 'done' }, at: at + 9 };
export const blockedEvent: TimedEvent = {
  type: 'run.completed',
  payload: { outcome: 'failure', reason: 'no exit was reached' },
  at: at + 9,
};
export const cancelledEvent: TimedEvent = { type: 'run.cancelled', payload: { reason: 'not needed' }, at: at + 9 };
