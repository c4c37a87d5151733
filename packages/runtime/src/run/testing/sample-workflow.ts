/* For tests: workflows from plain objects, and their preparation with programs given as functions. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compileWorkflow, durationMs, type Json, type JsonObject, type SourceFile, type Workflow } from '@espalier/core';
import { onTestFinished } from 'vitest';
import { builtInReducer } from '../../handlers/reducers.ts';
import type { MemoryBackends } from '../../memory/configured-store.ts';
import { createModelGateway } from '../../models/gateway/model-gateway.ts';
import type { ModelProvider } from '../../ports/model.ts';
import type { NodeProgram } from '../../ports/node-program.ts';
import { makeDirectory } from '../../storage/durable-file.ts';
import { type PreparedWorkflow, prepareWorkflow } from '../prepare.ts';

/** The files of a workflow as values; modules as text by path. */
export interface Sample {
  workflow: JsonObject;
  agents?: JsonObject[];
  tools?: JsonObject[];
  memory?: JsonObject;
  schemas?: Record<string, JsonObject>;
  modules?: Record<string, string>;
}

/** A node of a sample: `kind` is deterministic unless an agent is named. */
type SampleNode = JsonObject & { id: string };

/** A workflow `begin → nodes in order → done`. */
export function chain(nodes: readonly SampleNode[], rest: JsonObject = {}): JsonObject {
  const middle = nodes.map((node) => ({ kind: node.agent_id === undefined ? 'deterministic' : 'agent', role: 'linear', ...node }));
  const begin = { id: 'begin', kind: 'deterministic', role: 'start', default_start: true, handler: 'pass' };
  const all: SampleNode[] = [begin, ...middle, { id: 'done', kind: 'deterministic', role: 'exit' }];
  const edges = all.slice(1).map((node, index) => ({ from: all[index]?.id ?? '', to: node.id }));
  return { id: 'sample', ...rest, nodes: all, edges };
}

/** What is special about a fan. */
interface FanOptions {
  opener?: JsonObject;
  merge?: JsonObject;
  rest?: JsonObject;
}

/** A workflow `begin → fan → one node per arm → join → done`. */
export function fan(arms: readonly SampleNode[], options: FanOptions = {}): JsonObject & { nodes: SampleNode[] } {
  const plain = { kind: 'deterministic' };
  const middle = arms.map((arm) => ({ kind: arm.agent_id === undefined ? 'deterministic' : 'agent', role: 'linear', ...arm }));
  return {
    id: 'sample',
    ...options.rest,
    nodes: [
      { ...plain, id: 'begin', role: 'start', default_start: true, handler: 'pass' },
      { ...plain, id: 'fan', role: 'branch', ...options.opener },
      ...middle,
      { ...plain, id: 'join', role: 'merge', merge: { ...options.merge } },
      { ...plain, id: 'done', role: 'exit' },
    ],
    edges: [
      { from: 'begin', to: 'fan' },
      ...arms.map(({ id }) => ({ from: 'fan', to: id })),
      ...arms.map(({ id }) => ({ from: id, to: 'join' })),
      { from: 'join', to: 'done' },
    ],
  };
}

/** Compiles a sample. @throws Error with the problems if it is not valid. */
export function compileSample(sample: Sample): Workflow {
  const compiled = compileWorkflow(filesOf(sample), { folder: 'sample' });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems, null, 1));
  return compiled.workflow;
}

/** Prepares a sample with real handlers, tools and modules, in a temporary directory that the test leaves behind clean. */
export async function prepareSample(
  sample: Sample,
  providers: readonly ModelProvider[] = [],
  memory?: MemoryBackends,
): Promise<PreparedWorkflow & { workspace: string }> {
  const directory = await temporaryDirectory();
  for (const [path, text] of Object.entries(sample.modules ?? {})) {
    await makeDirectory(dirname(join(directory, path)));
    await writeFile(join(directory, path), text);
  }
  const workspace = await temporaryDirectory();
  const models = createModelGateway({ providers });
  const prepared = await prepareWorkflow(compileSample(sample), { directory, workspace, models, memory });
  return { ...prepared, workspace };
}

/** Prepares a workflow with programs by node id; every other node passes its input on. */
export function prepareWith(workflow: Workflow, programs: Readonly<Record<string, NodeProgram>>): PreparedWorkflow {
  const pass = (output: Json) => ({ outcome: 'success', output }) as const;
  const nodes = workflow.graph.nodes.map(({ id, manifest }) => {
    const program = programs[id];
    const reduce = builtInReducer(manifest.merge?.reducer ?? 'list') ?? ((entries) => entries.length);
    const timeoutMs = manifest.timeout === undefined ? undefined : durationMs(manifest.timeout);
    return { work: program ? { program } : { now: pass }, reduce, timeoutMs };
  });
  return { workflow, nodes };
}

/** An empty directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-run-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function filesOf({ workflow, agents, tools, memory, schemas = {}, modules = {} }: Sample): SourceFile[] {
  const file = (path: string, value: Json): SourceFile => ({ path, text: JSON.stringify(value) });
  return [
    file('workflow.json', workflow),
    ...(agents ? [file('agents.json', { agents })] : []),
    ...(tools ? [file('tools.json', { tools })] : []),
    ...(memory ? [file('memory.json', { memory })] : []),
    ...Object.entries(schemas).map(([name, schema]) => file(`schemas/${name}.json`, schema)),
    ...Object.entries(modules).map(([path, text]) => ({ path, text })),
  ];
}
