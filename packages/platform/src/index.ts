export type { CredentialStatus, DeploymentReport, PluginReport, RunHandle, RunResult } from '@espalier/runtime';
export {
  type CallComparison,
  type CaseChange,
  type CaseComparison,
  type ComparedRun,
  compareEvaluations,
  compareRuns,
  type Divergence,
  diffStates,
  type EffectProfile,
  type EvaluationComparison,
  isRegression,
  type NodeProfile,
  type NodeReplay,
  type NodeTimes,
  type Profile,
  profileOf,
  type RecordedRun,
  type RouteStep,
  type RunComparison,
  type RunFacts,
  type Sides,
  type Span,
  type StateDifference,
  type StatePoint,
  seqOf,
  stateAt,
  type TaskComparison,
  type TaskDifference,
  type TaskProfile,
  type TaskRoute,
  type Timing,
  type ValueChange,
  valueChanges,
} from '@espalier/runtime';
export type { MemoryPlace, MemoryQuery, StoredMemory } from '@espalier/runtime/ports';
export {
  type AssertionResult,
  type BudgetStatus,
  type CaseResult,
  countOutcomes,
  type Evaluation,
  type EvaluationEntry,
  type EvaluationQuery,
  evaluationSchema,
  type UsageGroup,
  type UsageQuery,
  type UsageRow,
  usageGroups,
} from '@espalier/runtime/ports';
export type {
  EventHandler,
  Following,
  FollowOptions,
  HorizonStatus,
  LogEvent,
  LogStatus,
  QueueLimits,
  QueueStatus,
  ReaderStatus,
} from '@espalier/store';
export { type Configuration, type ConfigurationInput, configurationSchema } from './configuration/configuration.ts';
export { readConfiguration } from './configuration/read-configuration.ts';
export type { ListedRun, RunEntry, RunList } from './delivery/delivery.ts';
export type { RunQueuedOptions } from './durable/queued-runs.ts';
export type { Worker, WorkerOptions } from './durable/worker.ts';
export { engineVersion } from './engine-version.ts';
export type { EvaluateOptions, EvaluationProgress } from './evaluations/evaluate.ts';
export { type MigrationReport, migrateDatabase, type SchemaMove } from './migrate-database.ts';
export { openPlatform } from './open-platform.ts';
export type {
  BudgetQuery,
  CassetteChoice,
  CredentialEnvironment,
  ForkOptions,
  OpenWorkflow,
  Platform,
  PlatformOptions,
  RunOptions,
  RunPlace,
  RunReport,
  RunVerification,
  ValueEdit,
} from './platform.ts';
