import type { Json, Task } from '@espalier/core';
import type { MergeEntry } from '../handlers/reducers.ts';
import type { PreparedNode } from './prepare.ts';

/** The input of the node that a task is at: its value or, behind a merge that fired, what the reducer makes of what arrived. */
export function inputOf(task: Task, { reduce }: Pick<PreparedNode, 'reduce'>): Json {
  return task.merging ? reduce(mergeEntries(task)) : task.value;
}

/** What a merge's reducer receives: the tasks that arrived, in merge input order; for strategy `first` also one that failed first. */
function mergeEntries(task: Task): MergeEntry[] {
  const { arrived, failed } = task.merging ?? { arrived: [], failed: [] };
  const entries = arrived.map(entryOf);
  return task.at.manifest.merge?.strategy === 'first' && entries.length === 0 ? failed.map(entryOf) : entries;
}

/** The tasks that failed on the way to the merge, for its handler to see. */
export function mergeFailures(task: Task): Json[] {
  return (task.merging?.failed ?? []).map((failed) => ({ ...entryOf(failed), output: null }));
}

function entryOf(task: Task): MergeEntry {
  const failure = task.outcome === 'failure' && task.error ? { error: { code: task.error.code, message: task.error.message } } : {};
  return {
    node: (task.end === 'merged' ? task.from : task.at)?.id ?? task.at.id,
    task: task.id,
    status: task.outcome,
    output: task.value,
    metadata: { index: task.index, ...failure },
  };
}
