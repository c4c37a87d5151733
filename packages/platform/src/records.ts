import { snapshot, verify } from '@espalier/core';
import {
  artifactsOf,
  foldJournal,
  type ModelGateway,
  type NodeReplay,
  ownEvents,
  prepareWorkflow,
  readHistory,
  recompute,
  replayNode,
  runResultOf,
} from '@espalier/runtime';
import type { Delivery } from './delivery/delivery.ts';
import { placeOf, startOf } from './forks/fork-run.ts';
import type { RunPlace, RunReport, RunVerification } from './platform.ts';
import { noticesFor } from './workflows/open-workflow.ts';
import { compileDirectory, pinnedWorkflow, preparePinned, type Surroundings, soundWorkflow } from './workflows/workflow-loader.ts';

/** A recorded run with the workflow it started with. */
async function recorded({ journal, workflows }: Delivery, run: string) {
  const history = await readHistory(journal, run);
  const started = startOf(history, run);
  const { workflow, stored } = await pinnedWorkflow(workflows, started.workflow_hash);
  return { history, started, workflow, directory: stored.directory };
}

interface Recorded {
  delivery: Delivery;
  models: ModelGateway;
}

/** A run as its journal has it, up to event `at` of it. @throws EspalierError `run.not_found`, `input.invalid`. */
export async function inspectRun({ delivery, models }: Recorded, run: string, at?: RunPlace): Promise<RunReport> {
  const { history, started, workflow, directory } = await recorded(delivery, run);
  const before = history.length - ownEvents(history).length;
  const shown = at === undefined ? history : history.slice(0, before + placeOf(history, run, at));
  const state = foldJournal(workflow, run, shown);
  const result = runResultOf(run, state);
  const { root_task: task, forked_from: forkedFrom } = started;
  const events = shown.slice(before);
  const about = { run, workflow, directory, task, forkedFrom, notices: noticesFor(workflow, models) };
  return { ...about, result, status: result.status, state: snapshot(state), events, history: shown, artifacts: artifactsOf(events) };
}

interface VerifyOptions {
  /** Whether handlers are executed again. */
  recompute: boolean;
  surroundings: Surroundings;
}

/** Replays a run. @throws EspalierError `run.not_found`, `workflow.changed` if recomputing and the files have changed. */
export async function verifyRun(delivery: Delivery, run: string, options: VerifyOptions): Promise<RunVerification> {
  const { history, workflow } = await recorded(delivery, run);
  const verification = verify(workflow.graph, history);
  if (!options.recompute || !verification.ok) return verification;
  const prepared = await preparePinned(delivery.workflows, workflow.hash, options.surroundings);
  return { ...verification, recomputation: await recompute(prepared, history) };
}

interface Replayed {
  run: string;
  place: RunPlace;
  /** Of another version of the workflow. */
  directory: string | undefined;
  surroundings: Surroundings;
}

/** Performs one node of a recorded run again. @throws EspalierError as `Platform.replay`. */
export async function replayRun(delivery: Delivery, { run, place, directory, surroundings }: Replayed): Promise<NodeReplay> {
  const history = await readHistory(delivery.journal, run);
  const seq = placeOf(history, run, place);
  if (directory === undefined) {
    const prepared = await preparePinned(delivery.workflows, startOf(history, run).workflow_hash, surroundings);
    return replayNode(prepared, history, seq);
  }
  const workflow = soundWorkflow(await compileDirectory(directory), directory);
  return replayNode(await prepareWorkflow(workflow, { ...surroundings, directory }), history, seq);
}
