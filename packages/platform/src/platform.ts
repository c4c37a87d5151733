import type { CompileResult, JournalEvent, Json, RunStatus, Verification, Workflow } from '@espalier/core';
import type { ArtifactEntry, CredentialSources, CredentialStatus, Recomputation, RunHandle, RunResult } from '@espalier/runtime';
import type { EventHandler, Following, FollowOptions, LogStatus } from '@espalier/store';
import type { RunList } from './delivery/delivery.ts';
import type { Worker, WorkerOptions } from './durable/worker.ts';

/** Where a platform keeps its things and what it lets tools touch. Absolute paths. */
export interface PlatformOptions {
  /** Where everything is kept that is not in `databaseUrl`; created when first needed. */
  stateDirectory: string;
  /** What file tools are confined to. */
  workspace: string;
  /** `database` (default): embedded, or on a server. `file`: a text file per run. `memory`: gone when the process ends. */
  journal?: 'database' | 'file' | 'memory' | undefined;
  /** A PostgreSQL server, 15 or newer, that has been migrated; without it the database is embedded, for this process alone. */
  databaseUrl?: string | undefined;
  /** Whether an embedded database is made where there is none (default). If not, there are just no runs. */
  create?: boolean | undefined;
  /** Whose runs these are. */
  tenant?: string | undefined;
  /** How long after the last sign of life of a process others may take its runs, in milliseconds. */
  leaseMs?: number | undefined;
}

export interface RunOptions {
  input: Json;
  /** The id of a start node; default: the workflow's default start. */
  start?: string | undefined;
  /** Called with every event once it is in the journal, in order. */
  observe?: ((event: JournalEvent) => void) | undefined;
  /**
   * Lets go of a run that is paused, or that waits for longer than this, in milliseconds: `ended` then resolves with `parked`. Default:
   * never; in a platform that works the run goes on by itself, and `ended` is its end.
   */
  parkAfterMs?: number | undefined;
}

/** A workflow that is loaded and ready to run. */
export interface OpenWorkflow {
  readonly workflow: Workflow;
  /** What has to be shown beside its agents' words, such as that a model is not a language model. */
  readonly notices: readonly string[];
  /** Begins a run in this process. @throws EspalierError `input.invalid`. */
  run(options: RunOptions): Promise<RunHandle>;
  /** Leaves a new run to workers. @returns its id. @throws EspalierError `input.invalid`, also where there is no database. */
  submit(options: Pick<RunOptions, 'input' | 'start'>): Promise<string>;
  /** Takes up a run that this workflow began. @throws EspalierError `run.not_found`, `workflow.changed`, `journal.locked`. */
  resume(run: string, options?: Pick<RunOptions, 'observe' | 'parkAfterMs'>): Promise<RunHandle>;
}

/** A run as its journal has it. */
export interface RunReport {
  run: string;
  workflow: Workflow;
  /** Where the files of the workflow were when the run started. */
  directory: string;
  result: RunResult;
  /** Status at the end of `events`. */
  status: string;
  /** The state after the last of `events`, as JSON. */
  state: Json;
  events: readonly JournalEvent[];
  artifacts: readonly ArtifactEntry[];
}

export type RunVerification = Verification & { recomputation?: Recomputation };

/** Where a surface has the environment from: the platform reads none of it by itself. */
export type CredentialEnvironment = Pick<CredentialSources, 'home' | 'variable'>;

/** Everything that a surface may ask of Espalier. Wired in `open-platform.ts`; no HTTP here. */
export interface Platform {
  /** Reads and checks the manifests of a directory; starts nothing. @throws EspalierError `input.invalid`. */
  compile(directory: string): Promise<CompileResult>;
  /** @throws EspalierError `manifest.invalid` with all problems in `details.problems`, `module.invalid`, `model.unknown`. */
  open(directory: string): Promise<OpenWorkflow>;
  /** Whether the secrets that a workflow names can be used; names and states only. @throws EspalierError `input.invalid`, `manifest.invalid`. */
  credentials(directory: string, environment: CredentialEnvironment): Promise<CredentialStatus[]>;
  /** @param at the sequence number to stop at; default: the end. @throws EspalierError `run.not_found`, `input.invalid`. */
  inspect(run: string, at?: number): Promise<RunReport>;
  /** @throws EspalierError `run.not_found`, `workflow.changed` if recomputing and the files have changed. */
  verify(run: string, options?: { recompute?: boolean }): Promise<RunVerification>;
  /** The newest runs, newest last. */
  runs(limit: number): Promise<RunList>;
  /** The ids of runs that begin with `prefix`, oldest first. */
  runsLike(prefix: string, limit: number): Promise<string[]>;
  /**
   * Asks a run to end, wherever it is driven. One that nobody drives is ended here and now.
   * @returns the run's status afterwards. @throws EspalierError `run.not_found`, `run.ended`.
   */
  cancel(run: string, reason: string): Promise<RunStatus>;
  /** Lets what is under way end and begins nothing more. @returns false if it is paused already. @throws EspalierError `run.not_found`, `run.ended`. */
  pause(run: string, reason?: string): Promise<boolean>;
  /** Lets a paused run go on, in whichever process takes it up. @returns false if it is not paused. @throws EspalierError `run.not_found`, `run.ended`. */
  resume(run: string): Promise<boolean>;
  /** Takes up runs that are due, of any process, until it is stopped. @throws EspalierError `input.invalid` without a database. */
  work(options?: WorkerOptions): Worker;
  /**
   * Hands every event of the log, of all tenants, to `handler`: one after another, at least once, from the cursor saved under `name` on.
   * @throws EspalierError `input.invalid` without a database.
   */
  follow(name: string, handler: EventHandler, options?: FollowOptions): Following;
  /** How far readers are behind, and what keeps events from them. @throws EspalierError `input.invalid` without a database. */
  logStatus(): Promise<LogStatus>;
  /** Lets go of everything; runs under way here can be taken up again. */
  close(): Promise<void>;
}
