import {
  apply,
  copyJson,
  createState,
  EspalierError,
  type GraphNode,
  type JournalEvent,
  type Json,
  jsonFault,
  type RunMetadata,
  type RunState,
  stateVersion,
  storableText,
  type Workflow,
} from '@espalier/core';
import type { Gate } from '../gate/gate.ts';
import type { Artifacts } from '../ports/artifacts.ts';
import type { Journal } from '../ports/journal.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { RunLoop, type RunResult } from './run-loop.ts';

/** What the driver acts through. */
export interface DriverPorts {
  journal: Journal;
  artifacts: Artifacts;
  gate: Gate;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface StartOptions {
  /** The id of the new run. */
  run: string;
  input: Json;
  /** The id of a start node; default: the workflow's default start. */
  start?: string | undefined;
  engineVersion: string;
  /** Fingerprints of adapters besides those that the driver knows (ENG-V). */
  adapters?: Record<string, string>;
  observe?: ((event: JournalEvent) => void) | undefined;
}

/** A run under way in this process. */
export interface RunHandle {
  readonly run: string;
  /** Rejects if the journal cannot be written; the run can then be resumed from what was. */
  readonly ended: Promise<RunResult>;
  /** Asks the run to end. @throws EspalierError `run.ended`. */
  cancel(reason: string): Promise<void>;
  /** Starts no further node; what is under way ends. @throws EspalierError `run.ended`. */
  pause(reason?: string): Promise<void>;
  /** @throws EspalierError `run.ended`. */
  resume(): Promise<void>;
  /** Stops driving the run where it is; it can be resumed from its journal, here or elsewhere. `ended` rejects with `run.stopped`. */
  stop(): Promise<void>;
}

/** Performs runs: takes what `decide` says, does it through the ports, records what came of it. */
export interface Driver {
  /** @throws EspalierError `input.invalid` for an unknown start or an input that is not JSON. */
  start(prepared: PreparedWorkflow, options: StartOptions): RunHandle;
  /** Takes up a run where its journal ends. @throws EspalierError `run.not_found`, `workflow.changed`, `journal.corrupt`. */
  resume(prepared: PreparedWorkflow, run: string, observe?: StartOptions['observe']): Promise<RunHandle>;
}

export function createDriver(ports: DriverPorts): Driver {
  return {
    start: (prepared, options) => start(ports, prepared, options),
    resume: (prepared, run, observe) => resume(ports, prepared, { run, observe }),
  };
}

function start(ports: DriverPorts, prepared: PreparedWorkflow, options: StartOptions): RunHandle {
  const { workflow } = prepared;
  const { run, input, observe } = options;
  const node = startNode(prepared, options.start);
  const fault = jsonFault(input);
  if (fault) throw new EspalierError('input.invalid', `The input is not JSON, at ${fault.path || 'its top'}: ${fault.reason}.`);
  const loop = new RunLoop({ run, state: createState(workflow.graph), prepared, ports, observe });
  const metadata = metadataOf(ports, prepared, options);
  const payload = { workflow: workflow.id, workflow_hash: workflow.hash, start: node.id, input: copyJson(input), metadata };
  loop.record({ type: 'run.started', payload });
  if (workflow.deadlineMs !== undefined) loop.setDeadline({ at: ports.now() + workflow.deadlineMs, ms: workflow.deadlineMs });
  loop.advance();
  return handleOf(loop);
}

function startNode({ workflow }: PreparedWorkflow, id: string | undefined): GraphNode {
  if (id === undefined) return workflow.graph.defaultStart;
  const node = workflow.graph.byId.get(id);
  if (node?.role === 'start') return node;
  const starts = workflow.graph.starts.map((start) => start.id).join(', ');
  const found = node ? `a ${node.role}` : 'no node';
  throw new EspalierError('input.invalid', `${id} is ${found} of ${workflow.id}; expected one of its starts: ${starts}.`);
}

function metadataOf(ports: DriverPorts, { workflow }: PreparedWorkflow, options: StartOptions): RunMetadata {
  const adapters = { journal: ports.journal.adapter, artifacts: ports.artifacts.adapter, ...options.adapters };
  return { engine_version: options.engineVersion, state_version: stateVersion, manifest_hashes: workflow.hashes, adapters };
}

async function resume(ports: DriverPorts, prepared: PreparedWorkflow, options: Pick<StartOptions, 'run' | 'observe'>): Promise<RunHandle> {
  const { run, observe } = options;
  const journal = await ports.journal.read(run);
  const state = foldJournal(prepared.workflow, run, journal);
  const loop = new RunLoop({ run, state, prepared, ports, observe });
  const { deadlineMs } = prepared.workflow;
  const startedAt = journal[0]?.at ?? ports.now();
  loop.resume(deadlineMs === undefined ? undefined : { at: startedAt + deadlineMs, ms: deadlineMs });
  return handleOf(loop);
}

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

function handleOf(loop: RunLoop): RunHandle {
  const request = async (event: Parameters<RunLoop['record']>[0]) => {
    if (loop.isOver) throw new EspalierError('run.ended', `Run ${loop.run} has ended.`, { details: { run: loop.run } });
    loop.record(event);
    loop.advance();
    await loop.flush();
  };
  return {
    run: loop.run,
    ended: loop.ended,
    cancel: (reason) => request({ type: 'run.cancel_requested', payload: { reason: storableText(reason) } }),
    pause: (reason) => request({ type: 'run.paused', payload: reason === undefined ? {} : { reason: storableText(reason) } }),
    resume: () => request({ type: 'run.resumed', payload: {} }),
    stop: async () => {
      await loop.flush().catch(() => {}); // what was recorded is kept
      loop.fail(new EspalierError('run.stopped', `Run ${loop.run} was stopped; it can be resumed.`, { details: { run: loop.run } }));
      await loop.ended.catch(() => {});
    },
  };
}
