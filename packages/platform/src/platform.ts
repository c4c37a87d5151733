import type {
  BudgetScopeName,
  CompileResult,
  Edit,
  ForkOrigin,
  Frame,
  JournalEvent,
  Json,
  ParameterEdit,
  RunStatus,
  Verification,
  Workflow,
} from '@espalier/core';
import type {
  ArtifactEntry,
  CredentialSources,
  CredentialStatus,
  DeploymentReport,
  NodeReplay,
  PluginReport,
  Recomputation,
  RunHandle,
  RunResult,
} from '@espalier/runtime';
import type {
  BudgetStatus,
  Evaluation,
  EvaluationEntry,
  EvaluationQuery,
  Ledger,
  MemoryPlace,
  MemoryQuery,
  StoredMemory,
  UsageQuery,
  UsageRow,
} from '@espalier/runtime/ports';
import type { EventHandler, Following, FollowOptions, LogStatus, QueueStatus } from '@espalier/store';
import type { Configuration } from './configuration/configuration.ts';
import type { RunList } from './delivery/delivery.ts';
import type { RunQueuedOptions } from './durable/queued-runs.ts';
import type { Worker, WorkerOptions } from './durable/worker.ts';
import type { EvaluateOptions } from './evaluations/evaluate.ts';

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
  /** Where credentials of providers are looked for; without it only what needs none can be asked. */
  environment?: CredentialEnvironment | undefined;
  /** Budgets, rates, breakers and Redis; default: as `readConfiguration` has it where there is no file. */
  configuration?: Configuration | undefined;
  /** Where the calls of models and tools are recorded, or replayed from (COG-7). For one run of one platform. */
  cassette?: CassetteChoice | undefined;
  /** Told what becomes of the plugins of workflows (ENG-P). Default: warnings of the process. */
  onPluginReport?: ((report: PluginReport) => void) | undefined;
}

/** The path of a cassette that is written, or of one that is asked in the place of every provider. */
export type CassetteChoice = { record: string } | { replay: string };

export interface RunOptions {
  input: Json;
  /** Who starts it: their rate limits and their budget of the day hold (GRD-3, GRD-5). */
  user?: string | undefined;
  /** The conversation that it belongs to: its rate limit and its budget hold. Default: one of its own. */
  session?: string | undefined;
  /** Set for what the platform does for itself: counts against the tenant, not against users (S21). */
  costCentre?: 'learning' | 'evals' | undefined;
  /** Called with what models say while they speak (S24). */
  watch?: ((frame: Frame) => void) | undefined;
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

/** What can be said of a run that others drive. */
export type StartedElsewhere = Pick<RunOptions, 'input' | 'start' | 'user' | 'session'>;

/** A workflow that is loaded and ready to run. */
export interface OpenWorkflow {
  readonly workflow: Workflow;
  /** What has to be shown beside its agents' words, such as that a model is not a language model. */
  readonly notices: readonly string[];
  /** Begins a run in this process; with an enabled scheduler once it is its turn, and if need be others before it. @throws EspalierError `input.invalid`, `queue.full`. */
  run(options: RunOptions): Promise<RunHandle>;
  /** Leaves a new run to workers. @returns its id. @throws EspalierError `input.invalid`, also where there is no database. */
  submit(options: StartedElsewhere): Promise<string>;
  /**
   * Accepts a run and leaves it in the queue of this workflow; workers and `runQueued` take it from there (ENG-Q). Without an enabled scheduler
   * it is performed at once, in this process, to its end.
   * @returns its id. @throws EspalierError `queue.full`, `input.invalid`, also where there is a scheduler and no database.
   */
  enqueue(options: StartedElsewhere): Promise<string>;
  /** Takes up a run that this workflow began. @throws EspalierError `run.not_found`, `workflow.changed`, `journal.locked`. */
  resume(run: string, options?: Pick<RunOptions, 'observe' | 'parkAfterMs' | 'watch'>): Promise<RunHandle>;
}

/** Another value in the place of one that a task had. */
export type ValueEdit = Exclude<Edit, { edit: 'parameter' }>;

/** An event of a run's own journal: its sequence number, or as `seqOf` reads it (`-1`, `node:draft`, `before:draft`). */
export type RunPlace = number | string;

/** What a fork does differently (S3). */
export interface ForkOptions extends Pick<RunOptions, 'observe' | 'parkAfterMs' | 'watch'> {
  at: RunPlace;
  /** Other values in the place of those that tasks had there. */
  edits?: readonly ValueEdit[] | undefined;
  /** Other parameters of nodes and agents. */
  parameters?: readonly ParameterEdit[] | undefined;
  /** Whether it performs effects that are not low in risk, too. */
  live?: boolean | undefined;
  /** Whether it is paused from the beginning, for `step` and `resume`; needs a database. */
  paused?: boolean | undefined;
}

/** A run as its journal has it. */
export interface RunReport {
  run: string;
  workflow: Workflow;
  /** Where the files of the workflow were when the run started. */
  directory: string;
  /** The root task that the run is an attempt at, where tasks are kept. */
  task: string | undefined;
  /** Where it branched off, if it is a fork. */
  forkedFrom: ForkOrigin | undefined;
  result: RunResult;
  /** Status at the end of `events`. */
  status: string;
  /** The state after the last of `events`, as JSON. */
  state: Json;
  events: readonly JournalEvent[];
  /** All that led to the state: before the events of a fork those of its parent. */
  history: readonly JournalEvent[];
  artifacts: readonly ArtifactEntry[];
  /** As of an open workflow. */
  notices: readonly string[];
}

export type RunVerification = Verification & { recomputation?: Recomputation };

/** Where a surface has the environment from: the platform reads none of it by itself. */
export type CredentialEnvironment = Pick<CredentialSources, 'home' | 'variable'>;

/** Which budgets are wanted. */
export type BudgetQuery = Parameters<Ledger['budgets']>[0];

/** Everything that a surface may ask of Espalier. Wired in `open-platform.ts`; no HTTP here. */
export interface Platform {
  /** Reads and checks the manifests of a directory; starts nothing. @throws EspalierError `input.invalid`. */
  compile(directory: string): Promise<CompileResult>;
  /** @throws EspalierError `manifest.invalid` with all problems in `details.problems`, `module.invalid`, `model.unknown`. */
  open(directory: string): Promise<OpenWorkflow>;
  /** Whether the secrets that a workflow names can be used; names and states only. @throws EspalierError `input.invalid`, `manifest.invalid`. */
  credentials(directory: string, environment: CredentialEnvironment): Promise<CredentialStatus[]>;
  /** The deployments that a workflow may ask, whether they can be asked, and what they cost. Nobody is asked. @throws EspalierError `input.invalid`, `manifest.invalid`. */
  models(directory: string): Promise<DeploymentReport[]>;
  /** What requests to providers have cost (COG-3). */
  usage(query: UsageQuery): Promise<UsageRow[]>;
  /** How budgets stand (S21). */
  budgets(query?: BudgetQuery): Promise<BudgetStatus[]>;
  /** Opens a budget that was closed as a provider charged more than could be reserved. @returns how many there were. */
  reopenBudget(budget: { scope: BudgetScopeName; subject: string }): Promise<number>;
  /** @param at where to stop; default: the end. @throws EspalierError `run.not_found`, `input.invalid`. */
  inspect(run: string, at?: RunPlace): Promise<RunReport>;
  /** @throws EspalierError `run.not_found`, `workflow.changed` if recomputing and the files have changed. */
  verify(run: string, options?: { recompute?: boolean }): Promise<RunVerification>;
  /**
   * Performs one node of a recorded run again, on its recorded input and the recorded results of its calls; nothing is called or written (ENG-I).
   * @param place where it completed. @param directory of another version of the workflow; default: the one that the run is pinned to.
   * @throws EspalierError `run.not_found`, `input.invalid`, `workflow.changed`, `journal.corrupt` if that version does not fit the run.
   */
  replay(run: string, place: RunPlace, directory?: string): Promise<NodeReplay>;
  /** What runs remembered in a project, or for all (S28), newest first; only what is kept where runs are. */
  memory(place: MemoryPlace, query: MemoryQuery): Promise<StoredMemory[]>;
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
  /**
   * Takes a run up in this process, with the workflow that it is pinned to.
   * @throws EspalierError `run.not_found`, `workflow.changed`, `journal.locked` if another process drives it.
   */
  takeUp(run: string, options?: Pick<RunOptions, 'observe' | 'parkAfterMs'>): Promise<RunHandle>;
  /** Lets a paused run perform one more node, in whichever process takes it up. @returns false if it is not paused. @throws EspalierError `run.not_found`, `run.ended`. */
  step(run: string): Promise<boolean>;
  /**
   * Begins, in this process, a run that takes over the state of another up to a place, with edits (S3). It reuses what is on record of the
   * same calls, and performs nothing else that could do harm unless it is live.
   * @throws EspalierError `run.not_found`, `input.invalid`, `manifest.invalid`, `workflow.changed`.
   */
  fork(run: string, options: ForkOptions): Promise<RunHandle>;
  /**
   * Makes a fork the current run of its task (S3). Allowed when the fork and the run that was current until then have ended or are paused.
   * @returns the run that was current. @throws EspalierError `run.not_found`, `run.not_adoptable`, `journal.locked`; `input.invalid` without a database.
   */
  adopt(run: string): Promise<string>;
  /**
   * Gives up a fork that has ended and was not adopted: nothing of it is remembered, and it cannot be adopted any more. Its journal stays (S3).
   * @returns false if it was discarded before. @throws EspalierError `run.not_found`, `run.not_discardable`; `input.invalid` without a database.
   */
  discard(run: string): Promise<boolean>;
  /**
   * Goes back: a fork of the run that is adopted before it goes on. It acts on the world as its parent did.
   * @throws EspalierError as `fork` and `adopt`.
   */
  rewind(run: string, options: Omit<ForkOptions, 'live'>): Promise<RunHandle>;
  /** Takes up runs that are due, of any process, until it is stopped. @throws EspalierError `input.invalid` without a database, or beside another worker of this platform. */
  work(options?: WorkerOptions): Worker;
  /**
   * Drives queued runs in this process, in their order and within the limits of their workflows, until none is left (ENG-Q).
   * @returns how many. @throws EspalierError `input.invalid` without a database.
   */
  runQueued(options?: RunQueuedOptions): Promise<number>;
  /** How the queues of workflows stand, by workflow. @throws EspalierError `input.invalid` without a database. */
  queues(): Promise<QueueStatus[]>;
  /**
   * Hands every event of the log, of all tenants, to `handler`: one after another, at least once, from the cursor saved under `name` on.
   * @throws EspalierError `input.invalid` without a database.
   */
  follow(name: string, handler: EventHandler, options?: FollowOptions): Following;
  /** How far readers are behind, and what keeps events from them. @throws EspalierError `input.invalid` without a database. */
  logStatus(): Promise<LogStatus>;
  /**
   * Runs the cases that a workflow declares, judges them and keeps what came of it (ENG-E). Cases that fail are no error.
   * @throws EspalierError `input.invalid` if there are no such cases, and what `open` throws; `run.cancelled` if `signal` was aborted.
   */
  evaluate(directory: string, options?: EvaluateOptions): Promise<Evaluation>;
  /** @param id an id, or the beginning of exactly one. @throws EspalierError `evaluation.not_found`, `input.invalid`. */
  evaluation(id: string): Promise<Evaluation>;
  /** The newest evaluations, newest last. */
  evaluations(query: EvaluationQuery): Promise<EvaluationEntry[]>;
  /** Lets go of everything; runs under way here can be taken up again. */
  close(): Promise<void>;
}
