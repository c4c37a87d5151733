import type { Json, StateSnapshot, TaskSnapshot } from '@espalier/core';
import type { StatePoint } from './state-point.ts';
import { type ValueChange, valueChanges } from './value-changes.ts';

/** What is different between two points of a run, or of two runs. */
export interface StateDifference {
  before: { run: string; seq: number };
  after: { run: string; seq: number };
  /** Of the run itself: `/status`, `/outcome`, `/stop`, … */
  run: readonly ValueChange[];
  /** Only the tasks that are different, in the order in which they were made. */
  tasks: readonly TaskDifference[];
}

/** What is different about one task. */
export interface TaskDifference {
  task: string;
  /** `appeared` and `vanished`: it is only in one of the states. `ended` and `moved`: to another node. `changed`: where it stands. */
  kind: 'appeared' | 'vanished' | 'ended' | 'moved' | 'changed';
  before: TaskPlace | null;
  after: TaskPlace | null;
  /** Turns the snapshot of the task into the other: `/value/…` is its value, `/memory/…` what it remembers. */
  changes: readonly ValueChange[];
}

/** Where a task is, and how it fares. */
export interface TaskPlace {
  node: string;
  phase: TaskSnapshot['phase'];
  outcome: TaskSnapshot['outcome'];
  end: NonNullable<TaskSnapshot['end']> | null;
}

/**
 * What is different between two states (ENG-T1). Between two runs, ids of runs and sequence numbers are left out: they always differ.
 * Applied to the one state, the changes give the other.
 */
export function diffStates(before: StatePoint, after: StatePoint): StateDifference {
  const [left, right] = before.run === after.run ? [before.state, after.state] : [unnumbered(before), unnumbered(after)];
  const ids = new Set([...Object.keys(left.tasks), ...Object.keys(right.tasks)]);
  const named = ({ run, seq }: StatePoint) => ({ run, seq });
  return {
    before: named(before),
    after: named(after),
    run: valueChanges(runPart(left), runPart(right)),
    tasks: [...ids].flatMap((id) => taskDifference(id, left.tasks[id], right.tasks[id])),
  };
}

function runPart({ seq: _, tasks: __, ...rest }: StateSnapshot): Json {
  return rest;
}

function taskDifference(task: string, before: TaskSnapshot | undefined, after: TaskSnapshot | undefined): TaskDifference[] {
  const changes = valueChanges(before, after);
  if (changes.length === 0) return [];
  return [{ task, kind: kindOf(before, after), before: placeOf(before), after: placeOf(after), changes }];
}

function kindOf(before: TaskSnapshot | undefined, after: TaskSnapshot | undefined): TaskDifference['kind'] {
  if (!before) return 'appeared';
  if (!after) return 'vanished';
  if (before.end === undefined && after.end !== undefined) return 'ended';
  return before.at === after.at ? 'changed' : 'moved';
}

function placeOf(task: TaskSnapshot | undefined): TaskPlace | null {
  return task ? { node: task.at, phase: task.phase, outcome: task.outcome, end: task.end ?? null } : null;
}

/** Without what names a run or counts its events. */
function unnumbered({ run, state }: StatePoint): StateSnapshot {
  const tasks = Object.entries(state.tasks).map(([id, task]): [string, TaskSnapshot] => {
    const memory = task.memory.map((entry) => ({ ...entry, seq: 0 }));
    const effects = task.effects.map((effect) => ({ ...effect, key: effect.key.replace(`${run}/`, '') }));
    return [id, { ...task, memory, effects }];
  });
  return { ...state, tasks: Object.fromEntries(tasks) };
}
