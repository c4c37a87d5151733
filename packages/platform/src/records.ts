import { EspalierError, snapshot, verify } from '@espalier/core';
import { artifactsOf, foldJournal, recompute, runResultOf } from '@espalier/runtime';
import type { Delivery } from './delivery/delivery.ts';
import type { RunReport, RunVerification } from './platform.ts';
import { pinnedWorkflow, preparePinned, type Surroundings } from './workflows/workflow-loader.ts';

/** A recorded run with the workflow it started with. */
async function recorded({ journal, workflows }: Delivery, run: string) {
  const events = await journal(run);
  const first = events[0];
  if (first?.type !== 'run.started') throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  const { workflow, stored } = await pinnedWorkflow(workflows, first.payload.workflow_hash);
  return { events, workflow, directory: stored.directory };
}

/** A run as its journal has it, up to event `at`. @throws EspalierError `run.not_found`, `input.invalid`. */
export async function inspectRun(delivery: Delivery, run: string, at?: number): Promise<RunReport> {
  const { events, workflow, directory } = await recorded(delivery, run);
  if (at !== undefined && (at < 1 || at > events.length)) {
    throw new EspalierError('input.invalid', `Run ${run} has the events 1 to ${events.length}; there is no event ${at}.`);
  }
  const shown = events.slice(0, at);
  const state = foldJournal(workflow, run, shown);
  const result = runResultOf(run, state);
  const { status } = result;
  return { run, workflow, directory, result, status, state: snapshot(state), events: shown, artifacts: artifactsOf(shown) };
}

interface VerifyOptions {
  /** Whether handlers are executed again. */
  recompute: boolean;
  surroundings: Surroundings;
}

/** Replays a run. @throws EspalierError `run.not_found`, `workflow.changed` if recomputing and the files have changed. */
export async function verifyRun(delivery: Delivery, run: string, options: VerifyOptions): Promise<RunVerification> {
  const { events, workflow } = await recorded(delivery, run);
  const verification = verify(workflow.graph, events);
  if (!options.recompute || !verification.ok) return verification;
  const prepared = await preparePinned(delivery.workflows, workflow.hash, options.surroundings);
  return { ...verification, recomputation: await recompute(prepared, events) };
}
