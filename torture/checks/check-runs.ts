import type { JournalEvent } from '@espalier/core';
import type { Evidence, RunEvidence, Violation } from '../evidence.ts';

type Terminal = JournalEvent & { type: 'run.completed' | 'run.cancelled' };

/** No run is lost or stuck, each ends once, its journal follows from its results, and rows say what journals say. */
export function checkRuns({ acknowledged, runs }: Pick<Evidence, 'acknowledged' | 'runs'>): Violation[] {
  const known = new Set(runs.map(({ run }) => run));
  const lost = acknowledged.filter((run) => !known.has(run));
  return [
    ...lost.map((run) => ({ rule: 'run.lost', run, message: 'its submission was acknowledged, and there is no such run' })),
    ...runs.flatMap(checkRun),
  ];
}

export function isTerminal(event: JournalEvent): event is Terminal {
  return event.type === 'run.completed' || event.type === 'run.cancelled';
}

function checkRun(evidence: RunEvidence): Violation[] {
  const { run, row, journal, verification } = evidence;
  if (!verification.ok) {
    const { seq, reason } = verification.divergence;
    return [{ rule: 'journal.wrong', run, message: reason, events: [seq] }];
  }
  const ends = journal.filter(isTerminal);
  const [end] = ends;
  if (!end) {
    const { type = 'nothing', seq = 0 } = journal.at(-1) ?? {};
    return [{ rule: 'run.stuck', run, message: `it is ${row.status}, its journal ends with ${type}`, events: [seq] }];
  }
  if (ends.length > 1) {
    return [{ rule: 'run.ended_again', run, message: `it ended ${ends.length} times`, events: ends.map(({ seq }) => seq) }];
  }
  return disagreements(evidence, end).map((message) => ({ rule: 'row.wrong', run, message, events: [end.seq] }));
}

function disagreements({ run, row, task }: RunEvidence, end: Terminal): string[] {
  const status = end.type === 'run.completed' ? 'completed' : 'cancelled';
  const outcome = end.type === 'run.completed' ? end.payload.outcome : null;
  const reached = end.type === 'run.completed' && end.payload.exit === undefined ? 'blocked' : status;
  const ofTask = reached === 'completed' ? outcome : null;
  return [
    ...(row.status === status ? [] : [`the row is ${row.status}, the journal ${status}`]),
    ...(row.outcome === outcome ? [] : [`the row's outcome is ${row.outcome}, the journal's ${outcome}`]),
    ...(row.ended ? [] : ['the row has no end']),
    ...(row.owner === null ? [] : [`${row.owner} still owns it`]),
    ...(task?.status === reached ? [] : [`the task is ${task?.status ?? 'missing'}; expected ${reached}`]),
    ...(task === undefined || task.outcome === ofTask ? [] : [`the task's outcome is ${task.outcome}; expected ${ofTask}`]),
    ...(task === undefined || task.run === run ? [] : [`the task names ${task.run} as its run`]),
  ];
}
