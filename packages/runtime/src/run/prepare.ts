import type { GraphNode, Json, NodeResult, Workflow } from '@espalier/core';
import { durationMs, EspalierError } from '@espalier/core';
import { type AgentParts, createAgentProgram } from '../agent/agent-program.ts';
import { builtInReducer, type MergeEntry } from '../handlers/reducers.ts';
import { createHandler, handlerName, isBuiltInHandler } from '../handlers/registry.ts';
import { createWaitProgram } from '../handlers/wait.ts';
import { configuredStore, type MemoryBackends } from '../memory/configured-store.ts';
import { rememberingProgram } from '../memory/remembering-program.ts';
import type { ModelGateway } from '../models/gateway/model-gateway.ts';
import { loadExport } from '../modules/load-export.ts';
import { type PreparedPlugin, preparePlugins } from '../plugins/prepare-plugins.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import type { Tool } from '../ports/tool.ts';
import { createSchemaCompiler } from '../schema/compile-schema.ts';
import { createToolRegistry } from '../tools/registry.ts';
import { checked, checkedNow, type NodeChecks } from './checked.ts';
import { carryOn, customProgram, handlerProgram, reducedProgram } from './programs.ts';
import { createToolsProgram } from './tools-program.ts';

/** Work that is pure and done at once: the engine's hot path. */
export type ImmediateWork = (input: Json, task: string) => NodeResult;

/** A node ready to be performed, either at once or by a program. */
export interface PreparedNode {
  readonly work: { now: ImmediateWork } | { program: NodeProgram };
  /** Makes the input of a merge from what arrived. */
  readonly reduce: (entries: readonly MergeEntry[]) => Json;
  readonly timeoutMs: number | undefined;
}

/** A workflow with everything loaded that its nodes need, by node index. Made once, used by any number of runs. */
export interface PreparedWorkflow {
  readonly workflow: Workflow;
  readonly nodes: readonly PreparedNode[];
  /** Its enabled plugins, for who drives its runs. */
  readonly plugins?: readonly PreparedPlugin[];
}

export interface PrepareOptions {
  /** Absolute path of the workflow's directory; modules load only from there (S26). */
  directory: string;
  /** Absolute path of the directory that file tools are confined to. */
  workspace: string;
  /** Absolute path of the directory in which runs are recorded; file tools do not enter it. */
  stateDirectory?: string;
  models: ModelGateway;
  /** What stands between nodes and their tools, such as a recorder (COG-7). */
  wrapTool?: ((tool: Tool) => Tool) | undefined;
  /** Where memory is kept that outlives runs; needed by workflows that use any. */
  memory?: MemoryBackends | undefined;
}

/** What the parts of a node are made from. */
export type NodeParts = AgentParts & Pick<PrepareOptions, 'directory' | 'memory'>;

/**
 * Loads the modules of a workflow and makes its handlers, agents and tools.
 * @throws EspalierError `manifest.invalid` with every node that cannot be made, in `details.problems`.
 */
export async function prepareWorkflow(workflow: Workflow, options: PrepareOptions): Promise<PreparedWorkflow> {
  const schemas = createSchemaCompiler(workflow.schemas);
  const { directory, stateDirectory, wrapTool } = options;
  const tools = await createToolRegistry({ workflow, directory, stateDirectory, wrapTool });
  const parts: NodeParts = { ...options, workflow, schemas, tools };
  const settled = await Promise.allSettled(workflow.graph.nodes.map((node) => prepareNode(node, parts)));
  const [plugins] = await Promise.allSettled([preparePlugins(workflow, options.directory)]);
  const faults = [...settled, plugins].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (plugins.status === 'rejected' || faults.length > 0) throw notPreparable(faults);
  const nodes = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { workflow, nodes, plugins: plugins.value };
}

function notPreparable(thrown: readonly unknown[]): unknown {
  const faults = thrown.filter((fault) => fault instanceof EspalierError);
  if (faults.length < thrown.length) return thrown.find((fault) => !(fault instanceof EspalierError));
  if (faults.length === 1) return faults[0];
  const problems = faults.map((fault) => ({ code: fault.code, message: fault.message }));
  return new EspalierError('manifest.invalid', faults.map((fault) => fault.message).join('\n'), { details: { problems } });
}

async function prepareNode(node: GraphNode, parts: NodeParts): Promise<PreparedNode> {
  const { timeout, merge } = node.manifest;
  const timeoutMs = timeout === undefined ? undefined : durationMs(timeout);
  const work = await prepareWork(node, parts);
  const name = merge?.reducer ?? 'list';
  const reduce = builtInReducer(name);
  if (reduce) return { work: remembered(node, work, parts), reduce, timeoutMs };
  const reducer = await loadExport(parts.directory, name);
  const program = reducedProgram({ name, reducer }, work);
  return { work: remembered(node, { program }, parts), reduce: (entries) => entries.map((entry) => ({ ...entry })), timeoutMs };
}

/** The work of a node whose output goes into a store that outlives the run, if that is so. */
function remembered(node: GraphNode, work: PreparedNode['work'], { workflow, memory }: NodeParts): PreparedNode['work'] {
  const store = node.manifest.remember?.store ?? 'task';
  if (store === 'task') return work;
  if (!memory) throw new EspalierError('input.invalid', `${node.id} remembers its output, and there is nowhere to keep memory here.`);
  return { program: rememberingProgram(node, (scope) => carryOn(work, scope), configuredStore(workflow, store, memory)) };
}

async function prepareWork(node: GraphNode, parts: NodeParts): Promise<PreparedNode['work']> {
  const { manifest } = node;
  const { schemas, directory } = parts;
  const checks: NodeChecks = {
    in: manifest.schema_in === undefined ? undefined : schemas.named(manifest.schema_in),
    out: manifest.schema_out === undefined ? undefined : schemas.named(manifest.schema_out),
  };
  // What an agent answers is checked and corrected inside its program.
  if (manifest.kind === 'agent') return { program: checked(node, { in: checks.in, out: undefined }, createAgentProgram(node, parts)) };
  const name = handlerName(manifest);
  if (name === 'tools') return { program: checked(node, checks, createToolsProgram(node, parts)) };
  if (name === 'wait') return { program: checked(node, checks, createWaitProgram(manifest)) };
  if (!isBuiltInHandler(name)) {
    const handler = await loadExport(directory, name);
    return { program: checked(node, checks, customProgram(node, { name, handler })) };
  }
  const handler = createHandler(manifest);
  if (name === 'pass' || name === 'normalise') return { now: checkedNow(node, checks, handler) };
  return { program: checked(node, checks, handlerProgram(handler)) };
}
