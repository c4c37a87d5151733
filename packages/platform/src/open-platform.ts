import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import {
  createGate,
  createModelRegistry,
  createOfflineProvider,
  credentialReport,
  FileArtifacts,
  FileWorkflowStore,
  JsonlJournal,
  MemoryArtifacts,
  MemoryJournal,
  MemoryWorkflowStore,
  schemaStep,
} from '@espalier/runtime';
import { cancelRun } from './cancel-run.ts';
import type { Delivery } from './delivery/delivery.ts';
import { localDelivery } from './delivery/local-delivery.ts';
import { type DurableDelivery, durableDelivery } from './durable/durable-delivery.ts';
import type { CredentialEnvironment, Platform, PlatformOptions } from './platform.ts';
import { inspectRun, verifyRun } from './records.ts';
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
  const surroundings = { stateDirectory, workspace, models: createModelRegistry([createOfflineProvider()]) };
  const { delivery, log } = await openDelivery(options, surroundings);
  let closing: Promise<void> | undefined;
  return {
    compile: compileDirectory,
    open: (directory) => openWorkflow({ delivery, surroundings }, directory),
    credentials,
    inspect: (run, at) => inspectRun(delivery, run, at),
    verify: (run, { recompute = false } = {}) => verifyRun(delivery, run, { recompute, surroundings }),
    runs: (limit) => delivery.runs(limit),
    runsLike: (prefix, limit) => delivery.runsLike(prefix, limit),
    cancel: (run, reason) => cancelRun(delivery, run, reason),
    pause: (run, reason) => delivery.request(run, reason === undefined ? { type: 'run.paused' } : { type: 'run.paused', reason }),
    resume: (run) => delivery.request(run, { type: 'run.resumed' }),
    work: (more = {}) => log().work(more),
    follow: (name, handler, more) => log().follow(name, handler, more),
    logStatus: async () => log().logStatus(),
    close() {
      closing ??= delivery.close();
      return closing;
    },
  };
}

interface OpenDelivery {
  delivery: Delivery;
  /** What only the database offers. @throws EspalierError `input.invalid` where there is none. */
  log(): Pick<DurableDelivery, 'work' | 'follow' | 'logStatus'>;
}

async function openDelivery(options: PlatformOptions, surroundings: Surroundings): Promise<OpenDelivery> {
  const { stateDirectory, journal = 'database', databaseUrl: url, create = true } = options;
  const directory = resolve(stateDirectory, 'database');
  const ports = { gate: createGate([schemaStep]), now: Date.now };
  const isMissing = journal === 'database' && url === undefined && !create && !(await exists(directory));
  if (journal === 'memory' || isMissing) {
    const parts = { journal: new MemoryJournal(), workflows: new MemoryWorkflowStore() };
    return local(localDelivery({ ...parts, ports: { ...ports, artifacts: new MemoryArtifacts() } }));
  }
  const artifacts = new FileArtifacts(stateDirectory);
  if (journal === 'file') {
    const parts = { journal: new JsonlJournal(stateDirectory), workflows: new FileWorkflowStore(stateDirectory) };
    return local(localDelivery({ ...parts, ports: { ...ports, artifacts } }));
  }
  const { leaseMs, tenant = defaultTenant } = options;
  const location = url === undefined ? { directory } : { url };
  // The database and its drivers are a third of all modules: only who needs them waits for them.
  const { openStore } = await import('@espalier/store');
  const store = await openStore({ location, artifacts, ...(leaseMs === undefined ? {} : { leaseMs }) });
  const prepare = preparedCache((of, hash) => preparePinned(store.system().workflows(of), hash, surroundings));
  const delivery = durableDelivery({ store, tenant, ports: { ...ports, artifacts, now: store.system().clock.now }, prepare });
  return { delivery, log: () => delivery };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function local(delivery: Delivery): OpenDelivery {
  const log = () => {
    throw new EspalierError(
      'input.invalid',
      'Workers and readers of the log need the database; these runs are kept in files or in memory.',
    );
  };
  return { delivery, log };
}

async function credentials(directory: string, { home, variable }: CredentialEnvironment) {
  const { providerCredentials } = soundWorkflow(await compileDirectory(directory), directory);
  const sources = { directory: resolve(directory), home, variable, user: process.getuid?.() };
  return credentialReport(providerCredentials.values(), sources);
}
