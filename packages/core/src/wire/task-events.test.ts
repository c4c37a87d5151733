import { expect, it } from 'vitest';
import type { EngineEvent } from './events.ts';
import { rootTaskEventsOf, type TaskEvent, taskEventSchemas } from './task-events.ts';

const ids = { task: 'task_1', run: 'run_1' };
const metadata = { engine_version: '1', state_version: 1, manifest_hashes: {}, adapters: {} };
const started: EngineEvent = {
  type: 'run.started',
  payload: { workflow: 'w', workflow_hash: 'a'.repeat(64), start: 's', input: 1, metadata },
};

const cases: [string, EngineEvent, TaskEvent['type'][]][] = [
  ['its start', started, ['task.created', 'task.started']],
  ['an exit', { type: 'run.completed', payload: { outcome: 'success', exit: 'done' } }, ['task.completed']],
  ['an exit with a reason', { type: 'run.completed', payload: { outcome: 'failure', exit: 'done', reason: 'why' } }, ['task.completed']],
  ['no exit', { type: 'run.completed', payload: { outcome: 'failure', reason: 'why' } }, ['task.blocked']],
  ['no exit and no reason', { type: 'run.completed', payload: { outcome: 'failure' } }, ['task.blocked']],
  ['a cancellation', { type: 'run.cancelled', payload: { reason: 'why' } }, ['task.cancelled']],
  ['a pause', { type: 'run.paused', payload: {} }, []],
];

it.each(cases)('S2 a run that comes to %s tells its root task', (_, event, types) => {
  const told = rootTaskEventsOf(event, ids);
  expect(told.map(({ type }) => type)).toEqual(types);
  for (const { type, payload } of told) expect(taskEventSchemas[type].parse(payload)).toMatchObject({ task: ids.task });
});
