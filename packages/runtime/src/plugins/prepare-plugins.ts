import { EspalierError, type Workflow } from '@espalier/core';
import { locateModule, type ModulePlace } from '../modules/load-export.ts';

/** A plugin that a workflow declares and enables; nothing of its module has run. */
export interface PreparedPlugin {
  readonly id: string;
  /** `./plugins/x.ts`, or with `#export`. */
  readonly module: string;
  /** As plugins.yaml has it. */
  readonly config: unknown;
  readonly workflow: Pick<Workflow, 'id' | 'hash' | 'hashes'>;
  /** Absolute path of the workflow's directory. */
  readonly directory: string;
}

/** What a plugin's module exports unless its reference names something else. */
const standardExport = 'observe';

/**
 * The enabled plugins of a workflow. Their modules are looked for and not loaded: that is for a thread of their own.
 * @throws EspalierError `module.invalid`, `manifest.module_not_allowed` (S26).
 */
export async function preparePlugins(workflow: Workflow, directory: string): Promise<PreparedPlugin[]> {
  const enabled = workflow.plugins.filter((plugin) => plugin.enabled);
  return Promise.all(
    enabled.map(async ({ id, module, config }) => {
      await locateModule(directory, module);
      return { id, module, config, workflow, directory };
    }),
  );
}

/**
 * Finds the module of a plugin, each time that its thread is started.
 * @throws EspalierError as `preparePlugins`, and `workflow.changed` if it is not what the workflow was compiled with (S17).
 */
export async function locatePlugin({ module, directory, workflow }: PreparedPlugin): Promise<ModulePlace & { exportName: string }> {
  const place = await locateModule(directory, module);
  if (workflow.hashes[place.path] === place.hash) return { ...place, exportName: place.exportName ?? standardExport };
  throw new EspalierError('workflow.changed', `${place.path} is no longer what the workflow was loaded with.`);
}
