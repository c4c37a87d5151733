import { type Json, rootTaskEventsOf, type TimedEvent } from '@espalier/core';
import type { NewEvent } from '../log/log-event.ts';
import type { RunChange, TaskChange } from '../runs/run-change.ts';

/** What changes in the commit in which events of a run's journal are written (S2). */
export interface JournalChanges {
  run: RunChange | undefined;
  task: TaskChange | undefined;
  /** For the root task's own stream. */
  taskEvents: NewEvent[];
}

interface Origin {
  run: string;
  /** The root task; null for a run without one. */
  task: string | null;
  /** The sequence number before the first of the events. */
  after: number;
}

const concerned: ReadonlySet<string> = new Set([
  'run.started',
  'run.queued',
  'run.paused',
  'run.resumed',
  'run.completed',
  'run.cancelled',
]);

/** How the rows of a run and its root task, and the task's stream, change with events of the run's journal. */
export function changesOf(events: readonly TimedEvent[], { run, task, after }: Origin): JournalChanges {
  const changes: JournalChanges = { run: undefined, task: undefined, taskEvents: [] };
  for (const [index, event] of events.entries()) {
    if (!concerned.has(event.type)) continue;
    const change = runChange(event, run);
    if (change) changes.run = { ...changes.run, ...change };
    if (task === null) continue;
    const ofTask = taskChange(event, { run, task });
    if (ofTask) changes.task = { ...changes.task, ...ofTask };
    const cause = { stream: `run:${run}`, seq: after + index + 1 };
    for (const { type, payload } of rootTaskEventsOf(event, { run, task })) {
      changes.taskEvents.push({ type, payload: payload as Json, at: event.at, cause });
    }
  }
  return changes;
}

function runChange(event: TimedEvent, run: string): RunChange | undefined {
  switch (event.type) {
    case 'run.queued':
      return { run, status: 'queued', wake: false };
    case 'run.paused':
      return { run, status: 'paused', wake: false };
    case 'run.resumed':
      return { run, status: 'running' };
    case 'run.completed': {
      const { outcome, reason } = event.payload;
      return { run, status: 'completed', outcome, reason: reason ?? null, endedAt: event.at, free: true };
    }
    case 'run.cancelled':
      return { run, status: 'cancelled', reason: event.payload.reason, endedAt: event.at, free: true };
    default:
      return undefined;
  }
}

/** A run that reaches an exit completes its task; one that reaches none leaves it blocked, for a person to decide. */
function taskChange({ type, payload, at }: TimedEvent, { run, task }: { run: string; task: string }): TaskChange | undefined {
  switch (type) {
    case 'run.started':
      return { task, run, status: 'in_progress', create: { workflow: payload.workflow, at }, at };
    case 'run.completed':
      if (payload.exit === undefined) return { task, run, status: 'blocked', reason: payload.reason ?? null, at };
      return { task, run, status: 'completed', outcome: payload.outcome, reason: payload.reason ?? null, at };
    case 'run.cancelled':
      return { task, run, status: 'cancelled', reason: payload.reason, at };
    default:
      return undefined;
  }
}
