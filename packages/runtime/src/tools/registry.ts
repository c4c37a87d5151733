import { EspalierError, type JsonObject, type ToolManifest, type Workflow } from '@espalier/core';
import type { Tool } from '../ports/tool.ts';
import { createFilesystemTool } from './filesystem-tools.ts';
import { loadModuleTool } from './module-tools.ts';

/** The tools of one workflow, ready to be called. */
export interface ToolRegistry {
  /** The tools among `ids` that exist, by id: what a node that declares `ids` may use. */
  allowed(ids: readonly string[]): ReadonlyMap<string, Tool>;
}

/** What tools are made from. */
export interface ToolRegistryOptions {
  workflow: Pick<Workflow, 'tools' | 'schemas'>;
  /** Absolute path of the workflow's directory; modules load only from there, and file tools do not write what is part of the workflow. */
  directory: string;
  /** Absolute path of the directory in which runs are recorded; file tools do not enter it. */
  stateDirectory?: string | undefined;
  /** What stands between nodes and their tools, such as a recorder (COG-7). */
  wrapTool?: ((tool: Tool) => Tool) | undefined;
}

/**
 * Makes all tools of a workflow, importing their modules, so that what cannot work is refused before a run begins.
 * @throws EspalierError `module.invalid`, `manifest.module_not_allowed`.
 */
export async function createToolRegistry(options: ToolRegistryOptions): Promise<ToolRegistry> {
  const tools = new Map<string, Tool>();
  const { wrapTool = (tool) => tool } = options;
  for (const [id, manifest] of options.workflow.tools) tools.set(id, wrapTool(await createTool(manifest, options)));
  return {
    allowed: (ids) => new Map([...tools].filter(([id]) => ids.includes(id))),
  };
}

async function createTool(manifest: ToolManifest, { workflow, directory, stateDirectory }: ToolRegistryOptions): Promise<Tool> {
  const { schemas } = workflow;
  const declared = { in: schemaNamed(schemas, manifest.schema_in), out: schemaNamed(schemas, manifest.schema_out) };
  switch (manifest.type) {
    case 'filesystem':
      return createFilesystemTool(manifest, declared, { workflowDirectory: directory, stateDirectory });
    case 'module':
      return loadModuleTool(directory, manifest, declared);
    default: {
      const message = `Tool ${manifest.id} has the type ${manifest.type}, which this installation cannot run; it runs filesystem and module.`;
      throw new EspalierError('module.invalid', message);
    }
  }
}

function schemaNamed(schemas: ReadonlyMap<string, JsonObject>, name: string | undefined): JsonObject | undefined {
  return name === undefined ? undefined : schemas.get(name);
}
