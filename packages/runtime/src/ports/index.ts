export type { Artifacts } from './artifacts.ts';
export type { Journal } from './journal.ts';
export type { ModelMessage, ModelProvider, ModelRequest, ModelResponse, ModelUsage } from './model.ts';
export { checkRunId } from './run-id.ts';
export type { StoredFile, Tool, ToolContext, ToolResult } from './tool.ts';
export { type StoredWorkflow, storedWorkflow, storedWorkflowSchema, type WorkflowStore } from './workflow-store.ts';
