export type { Artifacts } from './artifacts.ts';
export {
  type AssertionResult,
  type CaseResult,
  countOutcomes,
  type Evaluation,
  type EvaluationEntry,
  type EvaluationQuery,
  type EvaluationStore,
  evaluationEntry,
  evaluationSchema,
  type OutcomeCounts,
} from './evaluation-store.ts';
export type { Journal } from './journal.ts';
export { type BudgetStatus, type Ledger, type UsageGroup, type UsageQuery, type UsageRow, usageGroups } from './ledger.ts';
export type { MemoryPlace, MemoryQuery, MemoryStore, NewMemory, StoredMemory, WriteMemoryOptions } from './memory-store.ts';
export type {
  CallOptions,
  FinishReason,
  ModelMessage,
  ModelProvider,
  ModelRequest,
  ModelResponse,
  ModelTool,
  ModelToolCall,
} from './model.ts';
export type { RateDecision, RateLimit, RateLimiter } from './rate-limiter.ts';
export { checkRunId } from './run-id.ts';
export type { StoredFile, Tool, ToolContext, ToolResult } from './tool.ts';
export { type StoredWorkflow, storedWorkflow, storedWorkflowSchema, type WorkflowStore } from './workflow-store.ts';
