import { EspalierError, type RunStatus, statusOf } from '@espalier/core';
import { foldJournal, readHistory } from '@espalier/runtime';
import type { Delivery } from './delivery/delivery.ts';
import { startOf } from './forks/fork-run.ts';
import { pinnedWorkflow } from './workflows/workflow-loader.ts';

/** Asks a run to end; one that nobody drives is ended here. @returns its status afterwards. */
export async function cancelRun(delivery: Delivery, run: string, reason: string): Promise<RunStatus> {
  await delivery.request(run, { type: 'run.cancel_requested', reason });
  const { workflow_hash: hash } = startOf(await delivery.journal(run), run);
  const { workflow } = await pinnedWorkflow(delivery.workflows, hash);
  try {
    // All that is left to do is to record what is cancelled: no node is performed, so none has to be prepared.
    const handle = await delivery.resume({ workflow, nodes: [] }, run, {});
    return (await handle.ended).status;
  } catch (thrown) {
    if (!(thrown instanceof EspalierError && thrown.code === 'journal.locked')) throw thrown;
    return statusOf(foldJournal(workflow, run, await readHistory(delivery.journal, run)));
  }
}
