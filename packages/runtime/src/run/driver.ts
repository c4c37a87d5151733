import {
  copyJson,
  createState,
  type EngineEvent,
  EspalierError,
  type GraphNode,
  type JournalEvent,
  type Json,
  jsonFault,
  type RunMetadata,
  stateVersion,
  storableText,
} from '@espalier/core';
import type { Gate } from '../gate/gate.ts';
import type { Artifacts } from '../ports/artifacts.ts';
import type { Journal } from '../ports/journal.ts';
import { foldJournal } from './fold-journal.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { RunLoop } from './run-loop.ts';
import type { RunResult } from './run-result.ts';

/** What the driver acts through. */
export interface DriverPorts {
  journal: Journal;
  artifacts: Artifacts;
  gate: Gate;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** How a run is driven, however it came to be. */
export interface DriveOptions {
  /** Called with every event that comes into the journal from now on, those of others included. */
  observe?: ((event: JournalEvent) => void) | undefined;
  /**
   * Lets go of a run that is paused, or whose programs all wait for longer than this: `ended` then resolves with `parked`. Default: never,
   * timers are held here.
   */
  parkAfterMs?: number | undefined;
}

export interface StartOptions extends DriveOptions {
  /** The id of the new run. */
  run: string;
  /** The id of the root task that it is an attempt at, where tasks are kept (S1). */
  rootTask?: string | undefined;
  input: Json;
  /** The id of a start node; default: the workflow's default start. */
  start?: string | undefined;
  engineVersion: string;
  /** Fingerprints of adapters besides those that the driver knows (ENG-V). */
  adapters?: Record<string, string>;
}

/** A run under way in this process. Requests throw EspalierError `run.ended`, or `run.stopped` if this process has let go of the run. */
export interface RunHandle {
  readonly run: string;
  /**
   * The run's result, once it has ended or is parked. Rejects if the journal cannot be written; the run can then be resumed from what was.
   * Rejects with `journal.fenced` if another process has taken the run over.
   */
  readonly ended: Promise<RunResult>;
  /** Asks the run to end. */
  cancel(reason: string): Promise<void>;
  /** Starts no further node; what is under way ends. */
  pause(reason?: string): Promise<void>;
  resume(): Promise<void>;
  /** Looks whether others have appended requests to the journal, and takes them up. */
  refresh(): Promise<void>;
  /** Stops driving the run where it is; it can be resumed from its journal, here or elsewhere. `ended` rejects with `run.stopped`. */
  stop(): Promise<void>;
}

/** Performs runs: takes what `decide` says, does it through the ports, records what came of it. */
export interface Driver {
  /** @throws EspalierError `input.invalid` for an unknown start or an input that is not JSON. */
  start(prepared: PreparedWorkflow, options: StartOptions): RunHandle;
  /** Takes up a run where its journal ends. @throws EspalierError `run.not_found`, `workflow.changed`, `journal.corrupt`. */
  resume(prepared: PreparedWorkflow, run: string, options?: DriveOptions): Promise<RunHandle>;
}

export function createDriver(ports: DriverPorts): Driver {
  return {
    start: (prepared, options) => start(ports, prepared, options),
    resume: (prepared, run, options = {}) => resume(ports, prepared, { run, ...options }),
  };
}

function start(ports: DriverPorts, prepared: PreparedWorkflow, options: StartOptions): RunHandle {
  const { workflow } = prepared;
  const { run, observe, parkAfterMs } = options;
  const first = firstEvent(ports, prepared, options);
  const loop = new RunLoop({ run, state: createState(workflow.graph), prepared, ports, observe, parkAfterMs });
  loop.record(first);
  if (workflow.deadlineMs !== undefined) loop.setDeadline({ at: ports.now() + workflow.deadlineMs, ms: workflow.deadlineMs });
  loop.advance();
  return handleOf(loop);
}

/** The event that begins a run. @throws EspalierError `input.invalid` for an unknown start or an input that is not JSON. */
export function firstEvent(ports: DriverPorts, prepared: PreparedWorkflow, options: StartOptions): EngineEvent {
  const { workflow } = prepared;
  const { input, rootTask } = options;
  const node = startNode(prepared, options.start);
  const fault = jsonFault(input);
  if (fault) throw new EspalierError('input.invalid', `The input is not JSON, at ${fault.path || 'its top'}: ${fault.reason}.`);
  const metadata = metadataOf(ports, prepared, options);
  const base = { workflow: workflow.id, workflow_hash: workflow.hash, start: node.id, input: copyJson(input), metadata };
  return { type: 'run.started', payload: rootTask === undefined ? base : { ...base, root_task: rootTask } };
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

async function resume(ports: DriverPorts, prepared: PreparedWorkflow, options: DriveOptions & { run: string }): Promise<RunHandle> {
  const { run } = options;
  const journal = await ports.journal.read(run);
  const state = foldJournal(prepared.workflow, run, journal);
  const loop = new RunLoop({ ...options, state, prepared, ports });
  const { deadlineMs } = prepared.workflow;
  const startedAt = journal[0]?.at ?? ports.now();
  loop.resume(journal, deadlineMs === undefined ? undefined : { at: startedAt + deadlineMs, ms: deadlineMs });
  return handleOf(loop);
}

function handleOf(loop: RunLoop): RunHandle {
  return {
    run: loop.run,
    ended: loop.ended,
    cancel: (reason) => request(loop, { type: 'run.cancel_requested', payload: { reason: storableText(reason) } }),
    pause: (reason) => request(loop, { type: 'run.paused', payload: reason === undefined ? {} : { reason: storableText(reason) } }),
    resume: () => request(loop, { type: 'run.resumed', payload: {} }),
    refresh: () => loop.refresh(),
    stop: async () => {
      await writeAll(loop).catch(() => {}); // what was recorded is kept
      loop.fail(stopped(loop));
      await loop.ended.catch(() => {});
    },
  };
}

/** Resolves when the request is in the journal. One that was lost because others came first is made again. */
async function request(loop: RunLoop, event: EngineEvent): Promise<void> {
  for (let isRecorded = false; !isRecorded; ) {
    const isEnding = loop.state.status === 'completed' || loop.state.status === 'cancelled';
    if (loop.isOver && !isEnding) throw stopped(loop);
    if (!isEnding) {
      loop.record(event);
      loop.advance();
    }
    isRecorded = await loop.flush();
    if (isRecorded && isEnding) throw new EspalierError('run.ended', `Run ${loop.run} has ended.`, { details: { run: loop.run } });
  }
}

/** Resolves when the journal has everything; what others made it refuse is recorded anew and has to be written, too. */
async function writeAll(loop: RunLoop): Promise<void> {
  while (!(await loop.flush()));
}

function stopped({ run }: RunLoop): EspalierError {
  return new EspalierError('run.stopped', `Run ${run} is not driven here any more; it can be resumed.`, { details: { run } });
}
