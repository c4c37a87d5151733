import {
  copyJson,
  createState,
  type EngineEvent,
  EspalierError,
  type Frame,
  type GraphNode,
  type JournalEvent,
  type Json,
  jsonFault,
  type Remembered,
  type RunMetadata,
  stateVersion,
  storableText,
} from '@espalier/core';
import type { Gate } from '../gate/gate.ts';
import type { Artifacts } from '../ports/artifacts.ts';
import type { Journal } from '../ports/journal.ts';
import { foldHistory, foldJournal } from './fold-journal.ts';
import { checkFork, type Fork, readFork } from './fork.ts';
import { originOf, type ReadJournal } from './history.ts';
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
  /** Whose runs these are; default: `default`. */
  tenant?: string;
}

/** How a run is driven, however it came to be. */
export interface DriveOptions {
  /** Called with every event that comes into the journal from now on, those of others included. */
  observe?: ((event: JournalEvent) => void) | undefined;
  /** Called with what models say while they speak; what it throws is shown as a warning (S24). */
  watch?: ((frame: Frame) => void) | undefined;
  /**
   * Lets go of a run that is paused, or whose programs all wait for longer than this: `ended` then resolves with `parked`. Default: never,
   * timers are held here.
   */
  parkAfterMs?: number | undefined;
  /** The run was taken from its queue, and this is to be recorded if it was not. One that is still queued is let go of at once. */
  isDequeued?: boolean | undefined;
}

export interface StartOptions extends DriveOptions {
  /** The id of the new run. */
  run: string;
  /** The id of the root task that it is an attempt at, where tasks are kept (S1). */
  rootTask?: string | undefined;
  input: Json;
  /** What the run is given of the project and global stores, where its workflow asks for it (S28). */
  memory?: readonly Remembered[] | undefined;
  /** Who starts it, and the conversation that it belongs to: what it costs counts against both. Default: a conversation of its own. */
  user?: string | undefined;
  session?: string | undefined;
  costCentre?: 'learning' | 'evals' | undefined;
  /** The id of a start node; default: the workflow's default start. */
  start?: string | undefined;
  engineVersion: string;
  /** What it takes over from another run, if it is a fork of that. */
  fork?: Fork | undefined;
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
  /** Lets the run, if it is paused, perform one more node. */
  step(): Promise<void>;
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
  const { run, observe, watch, parkAfterMs, fork } = options;
  const first = firstEvent(ports, prepared, options);
  const state = fork ? foldHistory(workflow, fork.origin.run, fork.before) : createState(workflow.graph);
  const loop = new RunLoop({ run, state, seq: 0, prepared, ports, observe, watch, parkAfterMs, fork });
  loop.record(first);
  if (workflow.deadlineMs !== undefined) loop.setDeadline({ at: ports.now() + workflow.deadlineMs, ms: workflow.deadlineMs });
  loop.advance();
  return handleOf(loop);
}

/** The event that begins a run. @throws EspalierError `input.invalid` for an unknown start or an input that is not JSON. */
export function firstEvent(ports: DriverPorts, prepared: PreparedWorkflow, options: StartOptions): EngineEvent {
  const { workflow } = prepared;
  const { input, rootTask, fork, memory } = options;
  const node = startNode(prepared, options.start);
  requireJson(input, 'input');
  for (const { edit, value } of fork?.origin.edits ?? []) requireJson(value, `edited ${edit}`);
  const metadata = metadataOf(ports, prepared, options);
  if (fork) checkFork(workflow, fork);
  const base = { workflow: workflow.id, workflow_hash: workflow.hash, start: node.id, input: copyJson(input), metadata };
  const ofTask = rootTask === undefined ? {} : { root_task: rootTask };
  const ofPayer = payer(options);
  return {
    type: 'run.started',
    payload: { ...base, ...ofTask, ...ofPayer, ...(fork ? { forked_from: fork.origin } : {}), ...(memory ? { memory: [...memory] } : {}) },
  };
}

function payer({ user, session, costCentre }: StartOptions) {
  return {
    ...(user === undefined ? {} : { user }),
    ...(session === undefined ? {} : { session }),
    ...(costCentre === undefined ? {} : { cost_centre: costCentre }),
  };
}

function requireJson(value: Json, what: string): void {
  const fault = jsonFault(value);
  if (fault) throw new EspalierError('input.invalid', `The ${what} is not JSON, at ${fault.path || 'its top'}: ${fault.reason}.`);
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
  const read: ReadJournal = (of) => ports.journal.read(of);
  const journal = await read(run);
  const origin = originOf(journal);
  const fork = origin && (await readFork(read, origin));
  ports.gate.recall?.(journal, ports.tenant ?? 'default');
  const state = foldJournal(prepared.workflow, run, [...(fork?.before ?? []), ...journal]);
  const loop = new RunLoop({ ...options, state, seq: journal.length, prepared, ports, fork });
  if (options.isDequeued && state.isQueued && !state.stop) loop.record({ type: 'run.dequeued', payload: {} });
  const { deadlineMs } = prepared.workflow;
  loop.resume(
    journal,
    deadlineMs === undefined || state.isQueued ? undefined : { at: beganAt(ports, journal) + deadlineMs, ms: deadlineMs },
  );
  return handleOf(loop);
}

/** The time in a queue does not count against the deadline. */
function beganAt({ now }: DriverPorts, journal: readonly JournalEvent[]): number {
  const first = journal[1]?.type === 'run.queued' ? journal.find(({ type }) => type === 'run.dequeued') : journal[0];
  return first?.at ?? now();
}

function handleOf(loop: RunLoop): RunHandle {
  return {
    run: loop.run,
    ended: loop.ended,
    cancel: (reason) => request(loop, { type: 'run.cancel_requested', payload: { reason: storableText(reason) } }),
    pause: (reason) => request(loop, { type: 'run.paused', payload: reason === undefined ? {} : { reason: storableText(reason) } }),
    resume: () => request(loop, { type: 'run.resumed', payload: {} }),
    step: () => request(loop, { type: 'run.step_requested', payload: {} }),
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
