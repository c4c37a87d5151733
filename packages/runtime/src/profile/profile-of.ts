import { type JournalEvent, rootTaskId } from '@espalier/core';
import { assembled } from './assembled.ts';
import type { Profile } from './profile.ts';
import { bear, createRecording, type Recording, type Visit } from './recording.ts';
import { beginTry, closeOpenTries, completeTry, refuseCall } from './tries.ts';
import { beginVisit, completeVisit, deriveTasks, endTask, fireMerge } from './visits.ts';

/**
 * Where the time of a run went, from the times of its events alone (ENG-F, S7). Takes the whole journal or any beginning of it. A clock
 * that went back counts as one that stood still, so no duration is negative.
 */
export function profileOf(events: readonly JournalEvent[]): Profile {
  const recording = createRecording();
  const startedAt = events[0]?.at ?? null;
  for (const event of events) {
    const ms = Math.max(recording.now.ms, event.at - (startedAt ?? event.at));
    recording.now = { index: recording.now.index + 1, ms };
    recording.times.push(ms);
    record(recording, event);
  }
  closeOpenTries(recording);
  if (recording.pausedAt) endPause(recording);
  return { started_at: startedAt, ...assembled(recording, lastStep(recording)) };
}

function record(recording: Recording, event: JournalEvent): void {
  switch (event.type) {
    case 'run.started':
      bear(recording, rootTaskId, undefined);
      break;
    case 'run.paused':
      recording.pausedAt ??= recording.now;
      break;
    case 'run.resumed':
      endPause(recording);
      break;
    case 'run.cancel_requested':
    case 'run.deadline_passed':
      recording.stoppedAt ??= lastStep(recording);
      break;
    case 'run.completed':
    case 'run.cancelled':
      recording.ended = true;
      break;
    default:
      recordProgress(recording, event);
  }
}

/** Other events say nothing about who was at work, and are passed over. */
function recordProgress(recording: Recording, { type, payload }: JournalEvent): void {
  switch (type) {
    case 'node.started':
      beginVisit(recording, payload);
      break;
    case 'node.completed':
      completeVisit(recording, payload);
      break;
    case 'effect.started':
      beginTry(recording, payload);
      break;
    case 'effect.completed':
      completeTry(recording, payload);
      break;
    case 'effect.refused':
      refuseCall(recording, payload);
      break;
    case 'task.derived':
      deriveTasks(recording, payload);
      break;
    case 'merge.fired':
      fireMerge(recording, payload);
      break;
    case 'task.completed':
      endTask(recording, payload.task, 'completed');
      break;
    case 'task.cancelled':
      endTask(recording, payload.task, 'cancelled');
      break;
  }
}

function endPause(recording: Recording): void {
  if (recording.pausedAt) recording.stretches.push({ activity: 'paused', from: recording.pausedAt, to: recording.now });
  recording.pausedAt = undefined;
}

/** What the run is waiting for: of what is under way the oldest, else what completed last. */
function lastStep({ openVisits, latest }: Recording): Visit | undefined {
  return openVisits.values().next().value ?? latest;
}
