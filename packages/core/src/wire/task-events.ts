import { z } from 'zod';
import { type EngineEvent, outcomeSchema } from './events.ts';

/*
 * The catalogue of the events of a root task's own stream, `task:<id>` (S1, S2). Derived tasks live in the journal of their run, where
 * events of the same names tell of them.
 */

const task = z.string().min(1);
const run = z.string().min(1);

/** Payload schema of every event type of a root task's stream. */
export const taskEventSchemas = {
  'task.created': z.strictObject({ task, workflow: z.string().optional() }),
  /** `run` is the task's current run. */
  'task.started': z.strictObject({ task, run }),
  /** The run ended and reached no exit: a person retries, forks or cancels. */
  'task.blocked': z.strictObject({ task, run, reason: z.string() }),
  'task.completed': z.strictObject({ task, run, outcome: outcomeSchema, exit: z.string(), reason: z.string().optional() }),
  'task.cancelled': z.strictObject({ task, run, reason: z.string() }),
  /** A fork took the place of the run that was the task's current one until then (S3). */
  'task.run_adopted': z.strictObject({ task, run, previous: run }),
  /** A fork was given up for good: nothing of it is remembered, and it cannot be adopted. */
  'task.run_discarded': z.strictObject({ task, run }),
} as const;

type TaskEventType = keyof typeof taskEventSchemas;

/** An event of a root task's stream. */
export type TaskEvent = { [T in TaskEventType]: { type: T; payload: z.infer<(typeof taskEventSchemas)[T]> } }[TaskEventType];

/** What an event of a run's journal means for the run's root task; written in the same commit. */
export function rootTaskEventsOf(event: EngineEvent, ids: { task: string; run: string }): TaskEvent[] {
  const { task } = ids;
  switch (event.type) {
    case 'run.started':
      if (event.payload.forked_from) return []; // nothing becomes of the task before the fork is adopted
      return [
        { type: 'task.created', payload: { task, workflow: event.payload.workflow } },
        { type: 'task.started', payload: ids },
      ];
    case 'run.completed': {
      const { outcome, exit, reason } = event.payload;
      if (exit === undefined) return [{ type: 'task.blocked', payload: { ...ids, reason: reason ?? 'the run reached no exit' } }];
      return [{ type: 'task.completed', payload: { ...ids, outcome, exit, ...(reason === undefined ? {} : { reason }) } }];
    }
    case 'run.cancelled':
      return [{ type: 'task.cancelled', payload: { ...ids, reason: event.payload.reason } }];
    default:
      return [];
  }
}
