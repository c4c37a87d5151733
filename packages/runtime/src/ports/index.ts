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
export type { MemoryPlace, MemoryQuery, MemoryStore, NewMemory, StoredMemory, WriteMemoryOptions } from './memory-store.ts';
export type { ModelMessage, ModelProvider, ModelRequest, ModelResponse, ModelUsage } from './model.ts';
export { checkRunId } from './run-id.ts';
export type { StoredFile, Tool, ToolContext, ToolResult } from './tool.ts';
export { type StoredWorkflow, storedWorkflow, storedWorkflowSchema, type WorkflowStore } from './workflow-store.ts';
