import {
  compileWorkflow,
  type Edit,
  EspalierError,
  editParameter,
  type JournalEvent,
  type ParameterEdit,
  type Workflow,
} from '@espalier/core';
import {
  type Fork,
  ownEvents,
  type PreparedWorkflow,
  type RunHandle,
  readFork,
  readHistory,
  type StartOptions,
  seqOf,
} from '@espalier/runtime';
import type { Delivery } from '../delivery/delivery.ts';
import { engineVersion } from '../engine-version.ts';
import type { ForkOptions, RunPlace } from '../platform.ts';
import { newId } from '../run-id.ts';
import { createWorkspace } from '../workflows/open-workflow.ts';
import { pinnedWorkflow, prepareStored, type Surroundings, soundWorkflow } from '../workflows/workflow-loader.ts';

/** A fork that is about to begin. */
export interface PreparedFork {
  prepared: PreparedWorkflow;
  options: StartOptions;
}

/** What a fork is begun with. */
export interface ForkParts {
  delivery: Delivery;
  surroundings: Surroundings;
}

/** Begins a fork in this process (S3). @throws EspalierError as `prepareFork`; `input.invalid` for a paused one without a database. */
export async function forkRun(parts: ForkParts, of: string, options: ForkOptions): Promise<RunHandle> {
  const { delivery } = parts;
  const { prepared, options: start } = await prepareFork(parts, of, options);
  if (!options.paused) return delivery.begin(prepared, start);
  const { run, observe, watch, parkAfterMs } = start;
  await delivery.submitPaused(prepared, start);
  return delivery.resume(prepared, run, { observe, watch, parkAfterMs });
}

/** Makes a fork ready to begin (S3). @throws EspalierError `run.not_found`, `input.invalid`, `manifest.invalid`, `workflow.changed`. */
export async function prepareFork({ delivery, surroundings }: ForkParts, of: string, options: ForkOptions): Promise<PreparedFork> {
  const history = await readHistory((run) => delivery.journal(run), of);
  const started = startOf(history, of);
  const { edits = [], parameters = [], live = false, observe, watch, parkAfterMs } = options;
  const seq = placeOf(history, of, options.at);
  const changes = [...edits, ...parameters.map((parameter): Edit => ({ edit: 'parameter', ...parameter }))];
  const fork: Fork = await readFork((run) => delivery.journal(run), { run: of, seq, edits: changes, live });
  const { stored, workflow } = await pinnedWorkflow(delivery.workflows, started.workflow_hash);
  const edited = withParameters(workflow, parameters);
  if (parameters.length > 0) await delivery.workflows.put(edited, stored.directory);
  const prepared = await prepareStored({ ...stored, sources: [...edited.sources] }, edited, surroundings);
  await createWorkspace(surroundings.workspace);
  const { input, start, root_task: rootTask, metadata, user, session, cost_centre: costCentre } = started;
  const { journal: _, artifacts: __, ...adapters } = metadata.adapters;
  const run = newId('run', Date.now());
  const payer = { user, session, costCentre };
  return { prepared, options: { run, rootTask, input, start, ...payer, engineVersion, adapters, observe, watch, parkAfterMs, fork } };
}

/** The start of the run that a history is of. @throws EspalierError `run.not_found`. */
export function startOf(history: readonly JournalEvent[], run: string) {
  const [first] = ownEvents(history);
  if (first?.type === 'run.started') return first.payload;
  throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
}

/** The sequence number that a place in a run's own journal stands for. @throws EspalierError `input.invalid` if there is none. */
export function placeOf(history: readonly JournalEvent[], run: string, at: RunPlace): number {
  return seqOf({ run, history }, String(at));
}

function withParameters(workflow: Workflow, parameters: readonly ParameterEdit[]): Workflow {
  if (parameters.length === 0) return workflow;
  const sources = parameters.reduce<Workflow['sources']>((files, parameter) => editParameter(files, parameter), workflow.sources);
  return soundWorkflow(compileWorkflow(sources, { folder: workflow.id }), 'the fork');
}
