import { EspalierError, type EventType, type JournalEvent, type StateSnapshot, snapshot, type Workflow } from '@espalier/core';
import { foldJournal } from '../run/fold-journal.ts';
import { ownEvents } from '../run/history.ts';

/** A run as it is on record. */
export interface RecordedRun {
  run: string;
  workflow: Workflow;
  /** The events of its journal and, before those of a fork, what led to it. */
  history: readonly JournalEvent[];
}

/** The state of a run after one of the events of its journal. */
export interface StatePoint {
  run: string;
  seq: number;
  /** The event that led to this state. */
  event: { type: EventType; task: string | null; node: string | null };
  /** When that happened, in milliseconds since the epoch. */
  at: number;
  state: StateSnapshot;
}

/** The state of a run after event `seq` of its own journal (ENG-T1). @throws EspalierError `input.invalid` if there is no such event; as `foldJournal`. */
export function stateAt({ run, workflow, history }: RecordedRun, seq: number): StatePoint {
  const own = ownEvents(history);
  const event = own[seq - 1];
  if (!event) throw new EspalierError('input.invalid', `Run ${run} has the events 1 to ${own.length}; there is no event ${seq}.`);
  const before = history.slice(0, history.length - own.length + seq);
  return { run, seq, event: { type: event.type, ...placeOf(event) }, at: event.at, state: snapshot(foldJournal(workflow, run, before)) };
}

function placeOf({ payload }: JournalEvent): { task: string | null; node: string | null } {
  return { task: 'task' in payload ? payload.task : null, node: 'node' in payload ? payload.node : null };
}
