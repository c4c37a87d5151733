import { mkdir } from 'node:fs/promises';
import { compileWorkflow, EspalierError, snapshot, verify, type Workflow } from '@espalier/core';
import {
  artifactsOf,
  createDriver,
  createGate,
  createModelRegistry,
  createOfflineProvider,
  type Driver,
  FileArtifacts,
  FileWorkflowStore,
  foldJournal,
  JsonlJournal,
  MemoryArtifacts,
  MemoryJournal,
  MemoryWorkflowStore,
  type ModelRegistry,
  prepareWorkflow,
  type RunHandle,
  readWorkflowDirectory,
  recompute,
  runResultOf,
  type StoredWorkflow,
  schemaStep,
  type WorkflowStore,
} from '@espalier/runtime';
import type { Journal } from '@espalier/runtime/ports';
import { engineVersion } from './engine-version.ts';
import type { OpenWorkflow, Platform, PlatformOptions, RunReport, RunVerification } from './platform.ts';
import { newRunId } from './run-id.ts';

/** The adapters behind one platform. */
interface Parts {
  options: PlatformOptions;
  journal: Journal;
  workflows: WorkflowStore;
  models: ModelRegistry;
  driver: Driver;
  /** Runs under way in this process. */
  running: Set<RunHandle>;
}

/** Wires adapters to ports, by hand and in one place. */
export function openPlatform(options: PlatformOptions): Platform {
  const root = options.stateDirectory;
  const inMemory = options.journal === 'memory';
  const journal = inMemory ? new MemoryJournal() : new JsonlJournal(root);
  const artifacts = inMemory ? new MemoryArtifacts() : new FileArtifacts(root);
  const workflows = inMemory ? new MemoryWorkflowStore() : new FileWorkflowStore(root);
  const models = createModelRegistry([createOfflineProvider()]);
  const driver = createDriver({ journal, artifacts, gate: createGate([schemaStep]), now: Date.now });
  const running = new Set<RunHandle>();
  const parts: Parts = { options, journal, workflows, models, driver, running };
  return {
    compile,
    open: (directory) => open(parts, directory),
    inspect: (run, at) => inspect(parts, run, at),
    verify: (run, { recompute: again = false } = {}) => verifyRun(parts, run, again),
    runs: () => journal.runs(),
    async close() {
      await Promise.all([...running].map((handle) => handle.stop()));
      await journal.close();
    },
  };
}

async function compile(directory: string) {
  const { folder, files } = await readWorkflowDirectory(directory);
  return compileWorkflow(files, { folder });
}

async function open(parts: Parts, directory: string): Promise<OpenWorkflow> {
  const { driver, models, workflows, options } = parts;
  const workflow = soundWorkflow(await compile(directory), directory);
  const prepared = await prepareWorkflow(workflow, { ...options, directory, models });
  const llms = new Set([...workflow.agents.values()].map((agent) => agent.llm));
  const adapters: Record<string, string> = llms.size > 0 ? { models: [...llms].join(' ') } : {};
  return {
    workflow,
    notices: noticesFor(workflow, models),
    async run({ input, start, observe }) {
      await createWorkspace(options.workspace);
      await workflows.put(workflow, directory);
      const run = newRunId(Date.now());
      return watched(parts, driver.start(prepared, { run, input, start, engineVersion, adapters, observe }));
    },
    resume: async (run, observe) => watched(parts, await driver.resume(prepared, run, observe)),
  };
}

function watched({ running }: Parts, handle: RunHandle): RunHandle {
  running.add(handle);
  const forget = () => running.delete(handle);
  handle.ended.then(forget, forget);
  return handle;
}

async function createWorkspace(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    const message = `${path} cannot be a workspace: expected a directory, or a place where one can be made.`;
    throw new EspalierError('input.invalid', message, { cause });
  });
}

function soundWorkflow(result: Awaited<ReturnType<typeof compile>>, directory: string): Workflow {
  if (result.ok) return result.workflow;
  const count = result.problems.length === 1 ? '1 problem' : `${result.problems.length} problems`;
  const details = { directory, problems: result.problems.map((problem) => ({ ...problem })) };
  throw new EspalierError('manifest.invalid', `The workflow in ${directory} has ${count}.`, { details });
}

function noticesFor(workflow: Workflow, models: ModelRegistry): string[] {
  const used = [...workflow.agents.values()].map((agent) => models.find(agent.llm).provider.notice);
  return [...new Set(used.filter((notice) => notice !== undefined))];
}

/** A recorded run with the workflow it started with. */
async function recorded({ journal, workflows }: Parts, run: string) {
  const events = await journal.read(run);
  const first = events[0];
  if (first?.type !== 'run.started') throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  const stored = await workflows.get(first.payload.workflow_hash);
  if (!stored) throw new EspalierError('storage.failed', `The workflow of run ${run} is missing from the state directory.`);
  const workflow = soundWorkflow(compileWorkflow(stored.sources, { folder: stored.id }), stored.directory);
  if (workflow.hash !== stored.hash || stored.hash !== first.payload.workflow_hash) {
    throw new EspalierError('storage.failed', `The workflow kept for run ${run} is no longer the one that the run started with.`);
  }
  return { events, stored, workflow };
}

async function inspect(parts: Parts, run: string, at?: number): Promise<RunReport> {
  const { events, workflow } = await recorded(parts, run);
  if (at !== undefined && (at < 1 || at > events.length)) {
    throw new EspalierError('input.invalid', `Run ${run} has the events 1 to ${events.length}; there is no event ${at}.`);
  }
  const shown = events.slice(0, at);
  const state = foldJournal(workflow, run, shown);
  const result = runResultOf(run, state);
  return { run, workflow, result, status: state.status, state: snapshot(state), events: shown, artifacts: artifactsOf(shown) };
}

async function verifyRun(parts: Parts, run: string, again: boolean): Promise<RunVerification> {
  const { events, workflow, stored } = await recorded(parts, run);
  const verification = verify(workflow.graph, events);
  if (!again || !verification.ok) return verification;
  const prepared = await prepareWorkflow(await unchanged(stored), { ...parts.options, directory: stored.directory, models: parts.models });
  return { ...verification, recomputation: await recompute(prepared, events) };
}

/** Modules load from where they were: what is there must still be what the run started with (S17). */
async function unchanged(stored: StoredWorkflow): Promise<Workflow> {
  const workflow = soundWorkflow(await compile(stored.directory), stored.directory);
  if (workflow.hash === stored.hash) return workflow;
  const message = `The files in ${stored.directory} are no longer those that the run started with.`;
  throw new EspalierError('workflow.changed', message, { details: { started_with: stored.hash, found: workflow.hash } });
}
