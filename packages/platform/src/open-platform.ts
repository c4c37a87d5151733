import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import {
  createGate,
  credentialReport,
  FileArtifacts,
  FileEvaluations,
  FileWorkflowStore,
  forkStep,
  type GateStep,
  JsonlJournal,
  MemoryArtifacts,
  type MemoryBackends,
  MemoryEvaluations,
  MemoryJournal,
  MemoryWorkflowStore,
  PluginHost,
  type PluginReport,
  schemaStep,
} from '@espalier/runtime';
import { cancelRun } from './cancel-run.ts';
import { configurationSchema } from './configuration/configuration.ts';
import type { Delivery } from './delivery/delivery.ts';
import { localDelivery } from './delivery/local-delivery.ts';
import { type DurableDelivery, durableDelivery } from './durable/durable-delivery.ts';
import { patientMemory } from './durable/patient-memory.ts';
import { evaluate } from './evaluations/evaluate.ts';
import { foundEvaluation } from './evaluations/found-evaluation.ts';
import { adoptFork, discardFork, rewindRun } from './forks/adopt-fork.ts';
import { forkRun, startOf } from './forks/fork-run.ts';
import { openLimits } from './limits/open-limits.ts';
import { openModels } from './models/open-models.ts';
import type { CredentialEnvironment, Platform, PlatformOptions } from './platform.ts';
import { inspectRun, replayRun, verifyRun } from './records.ts';
import { databaseMemory, fileMemory, passingMemory } from './workflows/memory-backends.ts';
import { openWorkflow } from './workflows/open-workflow.ts';
import { preparedCache } from './workflows/prepared-cache.ts';
import { compileDirectory, preparePinned, type Surroundings, soundWorkflow } from './workflows/workflow-loader.ts';

const defaultTenant = 'default';

/**
 * Opens a platform: adapters are wired to ports here, by hand and in one place.
 * @throws EspalierError `database.*`, `storage.failed` if its data cannot be opened.
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { stateDirectory, workspace } = options;
  const { environment, cassette, tenant = defaultTenant, configuration = configurationSchema.parse({}) } = options;
  const { models, wrapTool, close: closeModels } = await openModels({ environment, cassette });
  const limits = await openLimits({ configuration, tenant, now: Date.now });
  const parts = { stateDirectory, workspace, models, wrapTool, admitStart: limits.admitStart };
  const plugins = new PluginHost({ report: options.onPluginReport ?? warn });
  const { delivery, log, memory } = await openDelivery(options, { surroundings: parts, plugins, steps: limits.steps });
  const surroundings: Surroundings = { ...parts, memory };
  let closing: Promise<void> | undefined;
  return {
    compile: compileDirectory,
    open: (directory) => openWorkflow({ delivery, surroundings }, directory),
    credentials,
    async models(of) {
      const directory = resolve(of);
      return models.report(soundWorkflow(await compileDirectory(directory), directory), directory);
    },
    usage: (query) => delivery.ledger.usage(query),
    budgets: (query) => delivery.ledger.budgets(query),
    reopenBudget: (budget) => delivery.ledger.reopen(budget),
    inspect: (run, at) => inspectRun({ delivery, models: surroundings.models }, run, at),
    verify: (run, { recompute = false } = {}) => verifyRun(delivery, run, { recompute, surroundings }),
    replay: (run, place, directory) => replayRun(delivery, { run, place, directory, surroundings }),
    memory: (place, query) => memory.standard.read(place, query),
    runs: (limit) => delivery.runs(limit),
    runsLike: (prefix, limit) => delivery.runsLike(prefix, limit),
    cancel: (run, reason) => cancelRun(delivery, run, reason),
    pause: (run, reason) => delivery.request(run, reason === undefined ? { type: 'run.paused' } : { type: 'run.paused', reason }),
    resume: (run) => delivery.request(run, { type: 'run.resumed' }),
    async takeUp(run, more = {}) {
      const { workflow_hash: hash } = startOf(await delivery.journal(run), run);
      return delivery.resume(await preparePinned(delivery.workflows, hash, surroundings), run, more);
    },
    step: (run) => delivery.request(run, { type: 'run.step_requested' }),
    fork: (run, more) => forkRun({ delivery, surroundings }, run, more),
    adopt: (run) => adoptFork(delivery, run),
    discard: (run) => discardFork(delivery, run),
    rewind: (run, more) => rewindRun({ delivery, surroundings }, run, more),
    work: (more = {}) => log().work(more),
    runQueued: async (more) => log().runQueued(more),
    queues: async () => log().queues(),
    follow: (name, handler, more) => log().follow(name, handler, more),
    logStatus: async () => log().logStatus(),
    evaluate: (directory, more = {}) => evaluate({ delivery, surroundings }, directory, more),
    evaluation: (id) => foundEvaluation(delivery.evaluations, id),
    evaluations: (query) => delivery.evaluations.list(query),
    close() {
      closing ??= delivery.close().finally(async () => {
        await Promise.all([plugins.close(), limits.close()]);
        await closeModels();
      });
      return closing;
    },
  };
}

interface OpenDelivery {
  delivery: Delivery;
  /** What only the database offers. @throws EspalierError `input.invalid` where there is none. */
  log(): Pick<DurableDelivery, 'work' | 'follow' | 'logStatus' | 'runQueued' | 'queues'>;
  /** Where project and global memory is kept (S28). */
  memory: MemoryBackends;
}

interface DeliveryParts {
  surroundings: Omit<Surroundings, 'memory'>;
  plugins: PluginHost;
  steps: readonly GateStep[];
}

async function openDelivery(options: PlatformOptions, { surroundings, plugins, steps }: DeliveryParts): Promise<OpenDelivery> {
  const { stateDirectory, journal = 'database', databaseUrl: url, create = true } = options;
  const directory = resolve(stateDirectory, 'database');
  const ports = { gate: createGate([schemaStep, forkStep, ...steps]), now: Date.now };
  const isMissing = journal === 'database' && url === undefined && !create && !(await exists(directory));
  if (journal === 'memory' || isMissing) {
    const parts = { journal: new MemoryJournal(), workflows: new MemoryWorkflowStore(), evaluations: new MemoryEvaluations() };
    return local(localDelivery({ ...parts, ports: { ...ports, artifacts: new MemoryArtifacts() }, plugins }), passingMemory());
  }
  const artifacts = new FileArtifacts(stateDirectory);
  if (journal === 'file') {
    const parts = {
      journal: new JsonlJournal(stateDirectory),
      workflows: new FileWorkflowStore(stateDirectory),
      evaluations: new FileEvaluations(stateDirectory),
    };
    return local(localDelivery({ ...parts, ports: { ...ports, artifacts }, plugins }), fileMemory(stateDirectory));
  }
  const { leaseMs, tenant = defaultTenant } = options;
  const location = url === undefined ? { directory } : { url };
  // The database and its drivers are a third of all modules: only who needs them waits for them.
  const { openStore } = await import('@espalier/store');
  const store = await openStore({ location, artifacts, ...(leaseMs === undefined ? {} : { leaseMs }) });
  const memoryOf = kept((of) => {
    const patient = patientMemory(store.system().memory(of), store.system().ownership.leaseMs);
    return databaseMemory(patient, url === undefined && of === tenant ? stateDirectory : undefined);
  });
  const prepare = preparedCache((of, hash) => preparePinned(store.system().workflows(of), hash, { ...surroundings, memory: memoryOf(of) }));
  const delivery = durableDelivery({ store, tenant, ports: { ...ports, artifacts, now: store.system().clock.now }, plugins, prepare });
  return { delivery, log: () => delivery, memory: memoryOf(tenant) };
}

/** Makes one of each, and keeps it. */
function kept<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

/** Where nobody wants to know what becomes of plugins. What they write to the console is nobody's then. */
function warn({ plugin, workflow, kind, message }: PluginReport): void {
  if (kind !== 'output') process.emitWarning(`Plugin ${plugin} of ${workflow} ${message}`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function local(delivery: Delivery, memory: MemoryBackends): OpenDelivery {
  const log = () => {
    throw new EspalierError(
      'input.invalid',
      'Workers, queues and readers of the log need the database; these runs are kept in files or in memory.',
    );
  };
  return { delivery, log, memory };
}

async function credentials(directory: string, { home, variable }: CredentialEnvironment) {
  const { providerCredentials } = soundWorkflow(await compileDirectory(directory), directory);
  const sources = { directory: resolve(directory), home, variable, user: process.getuid?.() };
  return credentialReport(providerCredentials.values(), sources);
}
