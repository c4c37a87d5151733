import { apply, createState, EspalierError, type JournalEvent, type RunState, upcast, type Workflow } from '@espalier/core';

/**
 * The state of a recorded run, from its history: its journal and, before that of a fork, what led to it.
 * @throws EspalierError `run.not_found`, `workflow.changed`, `journal.corrupt`.
 */
export function foldJournal(workflow: Workflow, run: string, history: readonly JournalEvent[]): RunState {
  const first = history.findLast(({ type }) => type === 'run.started') ?? history[0];
  if (!first) throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  if (first.type === 'run.started' && first.payload.workflow_hash !== workflow.hash) {
    const message = `Run ${run} started with workflow ${first.payload.workflow} ${first.payload.workflow_hash.slice(0, 12)}; this is ${workflow.hash.slice(0, 12)}.`;
    throw new EspalierError('workflow.changed', message, { details: { run } });
  }
  return foldHistory(workflow, run, history);
}

/** As `foldJournal`, whatever version of the workflow the history is of. */
export function foldHistory(workflow: Workflow, run: string, history: readonly JournalEvent[]): RunState {
  const state = createState(workflow.graph);
  for (const event of upcast(history)) {
    try {
      apply(state, event);
    } catch (cause) {
      throw new EspalierError('journal.corrupt', `Event ${event.seq} (${event.type}) of run ${run} does not fit what comes before it.`, {
        cause,
      });
    }
  }
  return state;
}
