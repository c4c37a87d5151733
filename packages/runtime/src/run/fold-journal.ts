import { apply, createState, EspalierError, type JournalEvent, type RunState, type Workflow } from '@espalier/core';

/** The state of a recorded run. @throws EspalierError `run.not_found`, `workflow.changed`, `journal.corrupt`. */
export function foldJournal(workflow: Workflow, run: string, journal: readonly JournalEvent[]): RunState {
  const first = journal[0];
  if (!first) throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  if (first.type === 'run.started' && first.payload.workflow_hash !== workflow.hash) {
    const message = `Run ${run} started with workflow ${first.payload.workflow} ${first.payload.workflow_hash.slice(0, 12)}; this is ${workflow.hash.slice(0, 12)}.`;
    throw new EspalierError('workflow.changed', message, { details: { run } });
  }
  const state = createState(workflow.graph);
  for (const event of journal) {
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
