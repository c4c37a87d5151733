import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compileWorkflow, type Json, type SourceFile, type Workflow } from '@espalier/core';
import {
  createDriver,
  createGate,
  createModelGateway,
  JsonlJournal,
  MemoryArtifacts,
  MemoryJournal,
  type PreparedWorkflow,
  prepareWorkflow,
  schemaStep,
} from '@espalier/runtime';
import type { Journal } from '@espalier/runtime/ports';
import type { Contender, Session } from './contender.ts';

/** The node handler of a workflow that runs its own code. */
export const ownCodeHandler = './handlers/no-op.ts#noOp';

const directory = join(import.meta.dirname, 'workflow');

/** Compiles sources, with the module of `ownCodeHandler` beside them. @throws Error with the problems. */
export async function compile(sources: readonly SourceFile[]): Promise<Workflow> {
  const path = 'handlers/no-op.ts';
  const module = { path, text: await readFile(join(directory, path), 'utf8') };
  const result = compileWorkflow([...sources, module], { folder: 'bench' });
  if (result.ok) return result.workflow;
  throw new Error(result.problems.map((problem) => problem.message).join('\n'));
}

/** What an Espalier contender runs, and where its journals go. */
export interface EspalierOptions {
  name: string;
  steps: number;
  sources: readonly SourceFile[];
  input: Json;
  /** A directory for JSONL journals; in memory without one. */
  disk?: string;
}

/** Our engine: its driver, gate and a journal; compiled and prepared once. No plugins. */
export async function espalier(options: EspalierOptions): Promise<Contender> {
  const workflow = await compile(options.sources);
  const prepared = await prepareWorkflow(workflow, { directory, workspace: directory, models: createModelGateway({ providers: [] }) });
  const { name, steps, input, disk } = options;
  const open = async () => (disk === undefined ? openInMemory(prepared, input) : openOnDisk(prepared, input, disk));
  return { name, steps, open };
}

function openInMemory(prepared: PreparedWorkflow, input: Json): Session {
  const run = runner(prepared, input, new MemoryJournal());
  return { run: async () => void (await run()), close: async () => {} };
}

async function openOnDisk(prepared: PreparedWorkflow, input: Json, disk: string): Promise<Session> {
  const root = await mkdtemp(join(disk, 'journals-'));
  const journal = new JsonlJournal(root);
  const run = runner(prepared, input, journal);
  return {
    // A run that has ended gives its lock and its file back: that is part of its price.
    run: async () => journal.release(await run()),
    close: async () => {
      await journal.close();
      await rm(root, { recursive: true });
    },
  };
}

/** Performs one run and gives its id. */
function runner(prepared: PreparedWorkflow, input: Json, journal: Journal): () => Promise<string> {
  const driver = createDriver({ journal, artifacts: new MemoryArtifacts(), gate: createGate([schemaStep]), now: Date.now });
  let count = 0;
  return async () => {
    count += 1;
    const result = await driver.start(prepared, { run: `run-${count}`, input, engineVersion: 'bench' }).ended;
    if (result.outcome !== 'success') throw new Error(`run ${result.run} ended with ${result.outcome}: ${result.reason}`);
    return result.run;
  };
}
