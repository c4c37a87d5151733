import type { Workflow } from '@espalier/core';
import { z } from 'zod';

/** What is kept of a workflow. */
export const storedWorkflowSchema = z.strictObject({
  id: z.string(),
  hash: z.string(),
  /** Where its files were when a run last started with it; modules load from there. */
  directory: z.string(),
  sources: z.array(z.strictObject({ path: z.string(), text: z.string() })),
});

/** A workflow as it was when a run started (S17). */
export type StoredWorkflow = z.infer<typeof storedWorkflowSchema>;

/** Keeps the sources of workflows, by hash: what runs are resumed and verified with. */
export interface WorkflowStore {
  /** Keeps a workflow. Of one that is there already the directory is the new one: where it was before nothing may be left. @throws EspalierError `storage.failed`. */
  put(workflow: Workflow, directory: string): Promise<void>;
  /** @returns undefined if it was never kept. @throws EspalierError `storage.failed` if what was kept is damaged. */
  get(hash: string): Promise<StoredWorkflow | undefined>;
}

/** A workflow as it is kept. @param directory where its files are. */
export function storedWorkflow(workflow: Workflow, directory: string): StoredWorkflow {
  return { id: workflow.id, hash: workflow.hash, directory, sources: [...workflow.sources] };
}
