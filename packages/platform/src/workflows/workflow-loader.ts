import { type CompileResult, compileWorkflow, EspalierError, type Workflow } from '@espalier/core';
import { type MemoryBackends, type ModelGateway, type PreparedWorkflow, prepareWorkflow, readWorkflowDirectory } from '@espalier/runtime';
import type { StoredWorkflow, Tool, WorkflowStore } from '@espalier/runtime/ports';
import type { Starter } from '../limits/open-limits.ts';

/** What nodes are prepared with, besides their workflow's directory. Absolute paths. */
export interface Surroundings {
  workspace: string;
  stateDirectory: string;
  models: ModelGateway;
  /** What stands between nodes and their tools. */
  wrapTool: (tool: Tool) => Tool;
  memory: MemoryBackends;
  /** Counts what a person starts (S22). @throws EspalierError `rate.limited`, `rate.unavailable`. */
  admitStart(starter: Starter): Promise<void>;
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
  return prepareStored(stored, workflow, surroundings);
}

/** Makes a kept workflow ready. @throws EspalierError `workflow.changed` if the directory no longer holds its modules, and what `prepareWorkflow` throws. */
export async function prepareStored(stored: StoredWorkflow, workflow: Workflow, surroundings: Surroundings): Promise<PreparedWorkflow> {
  const modules = stored.sources.filter(({ path }) => /\.[cm]?[jt]s$/.test(path));
  if (modules.length > 0) await requireUnchanged(stored, modules);
  return prepareWorkflow(workflow, { ...surroundings, directory: stored.directory });
}

/** Manifests are taken as they are kept; modules are loaded from where they are (S17). */
async function requireUnchanged({ directory, hash }: StoredWorkflow, modules: StoredWorkflow['sources']): Promise<void> {
  const { files } = await readWorkflowDirectory(directory).catch(() => ({ files: [] }));
  const found = new Map(files.map(({ path, text }) => [path, text]));
  const changed = modules.filter(({ path, text }) => found.get(path) !== text).map(({ path }) => path);
  if (changed.length === 0) return;
  const message = `The files in ${directory} are no longer those that the run started with: ${changed.join(', ')} changed.`;
  throw new EspalierError('workflow.changed', message, { details: { started_with: hash, changed } });
}
