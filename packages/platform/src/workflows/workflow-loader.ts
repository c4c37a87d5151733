import { type CompileResult, compileWorkflow, EspalierError, type Workflow } from '@espalier/core';
import { type ModelRegistry, type PreparedWorkflow, prepareWorkflow, readWorkflowDirectory } from '@espalier/runtime';
import type { StoredWorkflow, WorkflowStore } from '@espalier/runtime/ports';

/** What nodes are prepared with, besides their workflow's directory. Absolute paths. */
export interface Surroundings {
  workspace: string;
  stateDirectory: string;
  models: ModelRegistry;
}

/** Reads and compiles the files of a directory. */
export async function compileDirectory(directory: string): Promise<CompileResult> {
  const { folder, files } = await readWorkflowDirectory(directory);
  return compileWorkflow(files, { folder });
}

/** @throws EspalierError `manifest.invalid` with all problems in `details.problems`. */
export function soundWorkflow(result: CompileResult, directory: string): Workflow {
  if (result.ok) return result.workflow;
  const count = result.problems.length === 1 ? '1 problem' : `${result.problems.length} problems`;
  const details = { directory, problems: result.problems.map((problem) => ({ ...problem })) };
  throw new EspalierError('manifest.invalid', `The workflow in ${directory} has ${count}.`, { details });
}

/** The workflow that was kept under a hash (S17). @throws EspalierError `storage.failed` if it is missing or not what it was. */
export async function pinnedWorkflow(workflows: WorkflowStore, hash: string): Promise<{ stored: StoredWorkflow; workflow: Workflow }> {
  const stored = await workflows.get(hash);
  if (!stored) throw new EspalierError('storage.failed', `The workflow ${hash.slice(0, 12)} is missing where runs are kept.`);
  const workflow = soundWorkflow(compileWorkflow(stored.sources, { folder: stored.id }), stored.directory);
  if (workflow.hash === stored.hash && stored.hash === hash) return { stored, workflow };
  throw new EspalierError(
    'storage.failed',
    `The workflow ${hash.slice(0, 12)} is kept, but no longer as it was when runs started with it.`,
  );
}

/**
 * Makes a pinned workflow ready to go on with. Modules run from the directory that they were in, which must still hold what was pinned.
 * @throws EspalierError `workflow.changed`, `storage.failed`, and what `prepareWorkflow` throws.
 */
export async function preparePinned(workflows: WorkflowStore, hash: string, surroundings: Surroundings): Promise<PreparedWorkflow> {
  const { stored, workflow } = await pinnedWorkflow(workflows, hash);
  if (stored.sources.some(({ path }) => /\.[cm]?[jt]s$/.test(path))) await requireUnchanged(stored);
  return prepareWorkflow(workflow, { ...surroundings, directory: stored.directory });
}

async function requireUnchanged({ directory, hash }: StoredWorkflow): Promise<void> {
  const found = await compileDirectory(directory);
  if (found.ok && found.workflow.hash === hash) return;
  const details = { started_with: hash, found: found.ok ? found.workflow.hash : null };
  throw new EspalierError('workflow.changed', `The files in ${directory} are no longer those that the run started with.`, { details });
}
