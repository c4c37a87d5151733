export { type ArtifactEntry, artifactsOf } from './artifacts/artifact-index.ts';
export { FileArtifacts } from './artifacts/file-artifacts.ts';
export { MemoryArtifacts } from './artifacts/memory-artifacts.ts';
export { openCassette } from './cassettes/open-cassette.ts';
export { Recorder } from './cassettes/recorder.ts';
export { recordProvider, recordTool } from './cassettes/recording.ts';
export { replayProvider, replayTool } from './cassettes/replaying.ts';
export type { Divergence, Sides, TaskComparison } from './compare/compare-routes.ts';
export {
  type CallComparison,
  type ComparedRun,
  compareRuns,
  type NodeTimes,
  type RunComparison,
  type RunFacts,
} from './compare/compare-runs.ts';
export { seqOf } from './compare/event-reference.ts';
export { diffStates, type StateDifference, type TaskDifference } from './compare/state-difference.ts';
export { type RecordedRun, type StatePoint, stateAt } from './compare/state-point.ts';
export type { RouteStep, TaskRoute } from './compare/task-routes.ts';
export { type ValueChange, valueChanges } from './compare/value-changes.ts';
export { type CredentialStatus, credentialReport } from './credentials/credential-report.ts';
export { redact } from './credentials/redact.ts';
export { type CredentialSources, resolveCredential } from './credentials/resolve-credential.ts';
export { Secret } from './credentials/secret.ts';
export {
  type CaseChange,
  type CaseComparison,
  compareEvaluations,
  type EvaluationComparison,
  isRegression,
} from './evals/compare-evaluations.ts';
export { endingOf } from './evals/evaluated-run.ts';
export { FileEvaluations, MemoryEvaluations } from './evals/evaluation-stores.ts';
export { judgeCase, type PreparedCase, prepareCase } from './evals/judge-case.ts';
export { assertionLoader } from './evals/prepare-assertion.ts';
export { type BreakerLimits, breakerLimitsSchema, breakerStep } from './gate/breaker-step.ts';
export { type BudgetCaps, budgetCapsSchema, budgetStep } from './gate/budget-step.ts';
export { forkStep } from './gate/fork-step.ts';
export { createGate, type Gate, type GateStep } from './gate/gate.ts';
export { type CallRates, callRatesSchema, rateLimitStep } from './gate/rate-limit-step.ts';
export { schemaStep } from './gate/schema-step.ts';
export { JsonlJournal } from './journal/jsonl-journal.ts';
export { MemoryJournal } from './journal/memory-journal.ts';
export type { MemoryBackends } from './memory/configured-store.ts';
export { FileMemory } from './memory/file-memory.ts';
export { ProcessMemory } from './memory/process-memory.ts';
export { recallMemory } from './memory/recall-memory.ts';
export {
  type AgentModel,
  createModelGateway,
  type DeploymentReport,
  type GatewayOptions,
  type ModelGateway,
} from './models/gateway/model-gateway.ts';
export { ModelFailure } from './models/model-failure.ts';
export { createOfflineProvider } from './models/offline/offline-provider.ts';
export { PluginHost } from './plugins/plugin-host.ts';
export type { PluginReport } from './plugins/plugin-report.ts';
export type { EffectProfile, NodeProfile, Profile, Span, TaskProfile, Timing } from './profile/profile.ts';
export { profileOf } from './profile/profile-of.ts';
export { limitsOf, type RateLimitsConfiguration, rateLimitsSchema } from './rate-limits/limits-of.ts';
export { ProcessRateLimiter } from './rate-limits/process-rate-limiter.ts';
export { rateLimited, rateLimitHeaders } from './rate-limits/rate-limit-headers.ts';
export {
  createDriver,
  type DriveOptions,
  type Driver,
  type DriverPorts,
  firstEvent,
  type RunHandle,
  type StartOptions,
} from './run/driver.ts';
export { foldJournal } from './run/fold-journal.ts';
export { type Fork, readFork } from './run/fork.ts';
export { originOf, ownEvents, type ReadJournal, readHistory, readHistoryUpTo } from './run/history.ts';
export { type PreparedWorkflow, prepareWorkflow } from './run/prepare.ts';
export { type Difference, type Recomputation, recompute } from './run/recompute.ts';
export { type NodeReplay, type ReplayedCall, replayNode } from './run/replay-node.ts';
export { type Parked, type RunResult, resultOf as runResultOf } from './run/run-result.ts';
export { type Books, type PendingChanges, withBooks } from './usage/accounting-journal.ts';
export { ProcessBooks } from './usage/process-books.ts';
export { readWorkflowDirectory } from './workflows/read-workflow-directory.ts';
export { FileWorkflowStore, MemoryWorkflowStore } from './workflows/workflow-store.ts';
