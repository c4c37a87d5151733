import { EspalierError, type JournalEvent, nearestName } from '@espalier/core';
import { ownEvents } from '../run/history.ts';
import type { RecordedRun } from './state-point.ts';

type Referred = Pick<RecordedRun, 'run' | 'history'>;

/**
 * The sequence number that people mean: `12`; `-1`, the last event, `-2` the one before; `node:review`, where that node completed last;
 * `node:review@root/each.0`, where it completed for that task; `before:review`, the event before it was begun for the last time.
 * @throws EspalierError `input.invalid` if nothing is meant, or what is meant is not in the run's own journal.
 */
export function seqOf(referred: Referred, reference: string): number {
  const own = ownEvents(referred.history);
  const [, node, task] = /^node:([^@]+)(?:@(.+))?$/.exec(reference) ?? [];
  if (node !== undefined) return completionOf(referred, { node, task });
  const [, begun, of] = /^before:([^@]+)(?:@(.+))?$/.exec(reference) ?? [];
  if (begun !== undefined) return beginningOf(referred, { node: begun, task: of }) - 1;
  if (!/^-?\d{1,9}$/.test(reference)) {
    throw new EspalierError(
      'input.invalid',
      `Expected an event such as 12, -1 (the last), node:<id> or before:<id>, not ${JSON.stringify(reference)}.`,
    );
  }
  const seq = Number(reference) < 0 ? own.length + 1 + Number(reference) : Number(reference);
  if (seq >= 1 && seq <= own.length) return seq;
  throw new EspalierError('input.invalid', `Run ${referred.run} has the events 1 to ${own.length}; there is no event ${reference}.`);
}

interface Visited {
  node: string;
  task: string | undefined;
}

function completionOf({ run, history }: Referred, wanted: Visited): number {
  const own = ownEvents(history);
  const completion = own.findLast((event) => isAt(event, wanted) && event.type === 'node.completed');
  if (completion) return completion.seq;
  throw new EspalierError('input.invalid', `${notCompleted({ run, history }, wanted)}`);
}

/** The first event of the node's last visit: a task comes to a node once, and what is pure has its completion alone. */
function beginningOf(referred: Referred, { node, task }: Visited): number {
  const visits = ownEvents(referred.history).filter(
    (event) => isAt(event, { node, task }) && (event.type === 'node.started' || event.type === 'node.completed'),
  );
  const last = visits.at(-1);
  const first = visits.find((event) => last && taskOf(event) === taskOf(last));
  return first ? first.seq : completionOf(referred, { node, task });
}

function taskOf({ payload }: JournalEvent): string | undefined {
  return 'task' in payload ? payload.task : undefined;
}

function notCompleted({ run, history }: Referred, wanted: Visited): string {
  const { node, task } = wanted;
  const own = ownEvents(history);
  const subject = `Node ${node}${task === undefined ? '' : ` of task ${task}`}`;
  const began = own.findLast((event) => isAt(event, wanted) && event.type === 'node.started');
  if (began) return `${subject} has not completed in run ${run}; it began at event ${began.seq}.`;
  const [first] = own;
  const origin = first?.type === 'run.started' ? first.payload.forked_from : undefined;
  const earlier = origin && history.slice(0, history.length - own.length).some((event) => isAt(event, wanted));
  if (earlier) return `${subject} is not in the journal of run ${run}: it was performed before the run was forked from ${origin.run}.`;
  const names = new Set(own.flatMap((event) => (event.type === 'node.completed' ? [event.payload.node] : [])));
  const near = nearestName(node, names);
  const advice = near === undefined || near === node ? '' : ` Did you mean ${near}?`;
  return `${subject} was not performed in run ${run}.${advice}`;
}

function isAt({ payload }: JournalEvent, { node, task }: Visited): boolean {
  return 'node' in payload && payload.node === node && 'task' in payload && (task === undefined || payload.task === task);
}
