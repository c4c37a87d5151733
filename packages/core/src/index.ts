export { apply } from './engine/apply.ts';
export { forkFault } from './engine/apply-fork.ts';
export { completed, type NodeResult } from './engine/complete.ts';
export { type Decision, decide } from './engine/decide.ts';
export { effectKey, ordinalOf } from './engine/effect-key.ts';
export { memoryOf } from './engine/lineage.ts';
export { isRequest } from './engine/request.ts';
export { type StateSnapshot, snapshot, type TaskSnapshot } from './engine/snapshot.ts';
export {
  createState,
  type EffectRecord,
  type EffectResult,
  type MemoryEntry,
  type RunState,
  type RunStatus,
  rootTaskId,
  stateVersion,
  type Task,
} from './engine/state.ts';
export { statusOf } from './engine/status.ts';
export { upcast } from './engine/upcast.ts';
export { type Divergence, resultOf, type Verification, verify } from './engine/verify.ts';
export { type ErrorCode, errorCatalogue } from './errors/catalogue.ts';
export { EspalierError, type Fault, faultOf } from './errors/espalier-error.ts';
export type { Graph, GraphEdge, GraphNode } from './graph/graph.ts';
export { hashJson, sha256 } from './hash/sha256.ts';
export type { BuiltinHandler } from './manifest/check-handler.ts';
export type { BuiltinReducer } from './manifest/check-merge.ts';
export { type CompileResult, compileWorkflow } from './manifest/compile-workflow.ts';
export { readConfidential } from './manifest/confidential.ts';
export { editParameter, type ParameterEdit } from './manifest/edit-parameter.ts';
export { type LinearPattern, linearPattern } from './manifest/linear-pattern.ts';
export { manifestNames } from './manifest/manifest-kinds.ts';
export { parseModuleReference, staysInside } from './manifest/module-reference.ts';
export { nearestName, nearestNames } from './manifest/nearest-name.ts';
export type { Problem } from './manifest/problem.ts';
export { createSchemaSet, type SchemaError } from './manifest/schema-set.ts';
export type { AgentManifest } from './manifest/shapes/agents.ts';
export type { Assertion, EvaluationCase, EvaluationSuite } from './manifest/shapes/evaluations.ts';
export type { ContextProfile, MemoryManifest } from './manifest/shapes/memory.ts';
export type { Deployment, ModelChain, ModelRoute, ModelsManifest, PriceManifest, RouteCondition } from './manifest/shapes/models.ts';
export type { ProviderCredential } from './manifest/shapes/provider-credentials.ts';
export type { SchedulerManifest } from './manifest/shapes/scheduler.ts';
export type { ToolManifest } from './manifest/shapes/tools.ts';
export { durationMs } from './manifest/shapes/values.ts';
export { waitSchema } from './manifest/shapes/wait.ts';
export type { EdgeManifest, NodeManifest, Risk, Role } from './manifest/shapes/workflow.ts';
export type { SourceFile, Workflow } from './manifest/workflow.ts';
export { type AccountChange, accountChanges } from './usage/account-changes.ts';
export { type BudgetAlert, isAlerting } from './usage/budget-alert.ts';
export { type BudgetRefusal, budgetExceeded } from './usage/budget-exceeded.ts';
export { picoDollars, usdText } from './usage/pico-dollars.ts';
export {
  type Edit,
  type EffectKind,
  type EngineEvent,
  type EventType,
  editSchema,
  effectKindSchema,
  eventSchemas,
  type ForkOrigin,
  type JournalEvent,
  type JournalPlace,
  type Outcome,
  type Payload,
  type Provenance,
  type Remembered,
  type RunMetadata,
  type TimedEvent,
  type Verdict,
} from './wire/events.ts';
export { type Frame, frameSchema } from './wire/frames.ts';
export { canonicalJson, copyJson, isJsonObject, type Json, type JsonFault, type JsonObject, jsonFault, storableText } from './wire/json.ts';
export { jsonPointer, pointerStep } from './wire/json-pointer.ts';
export { type QueueEvent, queueEventSchemas } from './wire/queue-events.ts';
export { rootTaskEventsOf, type TaskEvent, taskEventSchemas } from './wire/task-events.ts';
export {
  type Attribution,
  type BudgetScope,
  type BudgetScopeName,
  budgetScopeNames,
  type Reservation,
  type Route,
  reservationSchema,
  type TokenUsage,
  tokenUsageSchema,
} from './wire/usage.ts';
