import { mkdir } from 'node:fs/promises';
import { EspalierError, type Workflow } from '@espalier/core';
import { type ModelGateway, type PreparedWorkflow, prepareWorkflow, recallMemory, type StartOptions } from '@espalier/runtime';
import type { Delivery } from '../delivery/delivery.ts';
import { engineVersion } from '../engine-version.ts';
import { requireModels } from '../models/require-models.ts';
import type { OpenWorkflow, RunOptions } from '../platform.ts';
import { newId } from '../run-id.ts';
import { compileDirectory, type Surroundings, soundWorkflow } from './workflow-loader.ts';

export interface OpenParts {
  delivery: Delivery;
  surroundings: Surroundings;
}

/** Loads the workflow of a directory. @throws EspalierError `manifest.invalid`, `module.invalid`, `model.unknown`. */
export async function openWorkflow(parts: OpenParts, directory: string): Promise<OpenWorkflow> {
  return openCompiled(parts, soundWorkflow(await compileDirectory(directory), directory), directory);
}

/** The same for what was compiled already. @throws EspalierError `manifest.invalid`, `module.invalid`, `model.unknown`. */
export async function openCompiled({ delivery, surroundings }: OpenParts, workflow: Workflow, directory: string): Promise<OpenWorkflow> {
  const prepared = await prepareWorkflow(workflow, { ...surroundings, directory });
  let workspace: Promise<void> | undefined;
  const begin = async (options: RunOptions): Promise<StartOptions> => {
    await surroundings.admitStart(options);
    await requireModels(workflow, surroundings.models, directory);
    workspace ??= createWorkspace(surroundings.workspace);
    await workspace.catch((thrown: unknown) => {
      workspace = undefined; // it may be possible the next time
      throw thrown;
    });
    await delivery.workflows.put(workflow, directory);
    const memory = await recallMemory(workflow, surroundings.memory);
    return { ...startOptions(prepared, options), memory };
  };
  return {
    workflow,
    notices: noticesFor(workflow, surroundings.models),
    run: async (options) => delivery.begin(prepared, await begin(options)),
    async submit(options) {
      const start = await begin(options);
      await delivery.submit(prepared, start);
      return start.run;
    },
    async enqueue(options) {
      const start = await begin(options);
      if (workflow.scheduler.enabled) await delivery.enqueue(prepared, start);
      else await (await delivery.begin(prepared, start)).ended;
      return start.run;
    },
    resume: (run, options = {}) => delivery.resume(prepared, run, options),
  };
}

function startOptions({ workflow }: PreparedWorkflow, options: RunOptions): StartOptions {
  const llms = new Set([...workflow.agents.values()].map((agent) => agent.llm));
  const adapters: Record<string, string> = llms.size > 0 ? { models: [...llms].join(' ') } : {};
  const now = Date.now();
  return { ...options, run: newId('run', now), rootTask: newId('task', now), engineVersion, adapters };
}

/** @throws EspalierError `input.invalid` if there is none and none can be made. */
export async function createWorkspace(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    const message = `${path} cannot be a workspace: expected a directory, or a place where one can be made.`;
    throw new EspalierError('input.invalid', message, { cause });
  });
}

/** What has to be shown beside the words of a workflow's agents. */
export function noticesFor(workflow: Workflow, models: ModelGateway): string[] {
  return [...models.notices(workflow), ...memoryNotices(workflow)];
}

function memoryNotices({ memory: { task_store: task, project_store: project, global_store: global } }: Workflow): string[] {
  const isSqlite = [task, project, global].some(({ backend }) => backend === 'sqlite');
  return isSqlite ? ['memory.yaml: sqlite is taken for database; memory is kept in the database of this platform.'] : [];
}
