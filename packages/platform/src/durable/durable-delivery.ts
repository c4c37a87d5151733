import { EspalierError } from '@espalier/core';
import { type DriveOptions, type DriverPorts, firstEvent, type PluginHost, type PreparedWorkflow } from '@espalier/runtime';
import type { QueueStatus, RunRow, Store, SystemDoor } from '@espalier/store';
import type { Delivery, ListedRun } from '../delivery/delivery.ts';
import { enterQueue, queues } from './enter-queue.ts';
import { LeasedRuns } from './leased-runs.ts';
import { startNightly } from './nightly.ts';
import { patientJournal } from './patient-journal.ts';
import { beginQueued, queuedRuns, type RunQueuedOptions, resumeQueued } from './queued-runs.ts';
import { beginUnloadable, endedHandle, followed, requested, type Watching } from './watched-runs.ts';
import { defaultParkAfterMs, startWorker, type Worker, type WorkerOptions } from './worker.ts';

interface DurableParts {
  store: Store;
  tenant: string;
  ports: Omit<DriverPorts, 'journal'>;
  plugins: PluginHost;
  /** Loads the workflow that a run of any tenant is pinned to. */
  prepare(tenant: string, hash: string): Promise<PreparedWorkflow>;
}

/** Delivery through the database: runs outlive the process, and any process may go on with them. */
export interface DurableDelivery extends Delivery {
  /** Takes up runs that are due, until it is stopped or the delivery is closed. */
  work(options: WorkerOptions): Worker;
  follow: SystemDoor['follow'];
  logStatus: SystemDoor['status'];
  /** Drives queued runs here, until none is left. @returns how many. */
  runQueued(options?: RunQueuedOptions): Promise<number>;
  queues(): Promise<QueueStatus[]>;
}

export function durableDelivery(parts: DurableParts): DurableDelivery {
  const { store, tenant, ports, plugins } = parts;
  const system = store.system();
  const door = store.tenant(tenant);
  const journal = patientJournal(system.journal(tenant), system.ownership.leaseMs);
  const leased = new LeasedRuns({ store: system, signals: store.signals, ports, plugins });
  const watching: Watching = { door, store, ports, leased, handles: new Set() };
  /** Set while a worker is at work in this process. */
  let working: { parkAfterMs: number; stop(): Promise<void> } | undefined;
  const entrance = { store: system, tenant, ports };
  const queue = queuedRuns({
    watching,
    entrance,
    prepare: (claim) => parts.prepare(claim.tenant, claim.workflowHash),
    isWorking: () => working !== undefined,
  });
  /** @returns undefined for a run that somebody drives, or that has ended. */
  const take = async (prepared: PreparedWorkflow, { run, ...options }: DriveOptions & { run: string }) => {
    await leased.left(); // a run that has just parked here is not free before
    const taken = await system.ownership.take({ tenant, run });
    if (taken?.isQueued) return resumeQueued(queue, prepared, { run, taken, ...options });
    return taken && leased.takeUp({ tenant, run, ...taken }, async () => prepared, { ...options, isDequeued: taken.isDequeued });
  };
  return {
    workflows: system.workflows(tenant),
    evaluations: door.evaluations,
    ledger: door.ledger,
    async begin(prepared, options) {
      if (queues(prepared, options)) return beginQueued(queue, prepared, options);
      if (!working) return leased.begin(tenant, prepared, options);
      return beginUnloadable(watching, prepared, { ...options, parkAfterMs: working.parkAfterMs });
    },
    async submit(prepared, options) {
      if (queues(prepared, options)) return enterQueue(entrance, prepared, options);
      const first = firstEvent({ ...ports, journal }, prepared, options);
      await journal.submit(options.run, [{ ...first, at: ports.now() }]);
    },
    enqueue: (prepared, options) => enterQueue(entrance, prepared, options),
    async submitPaused(prepared, options) {
      const first = firstEvent({ ...ports, journal }, prepared, options);
      const at = ports.now();
      await journal.submit(options.run, [
        { ...first, at },
        { type: 'run.paused', payload: {}, at },
      ]);
    },
    discard: (fork) => door.discard({ ...fork, actor: 'person', at: ports.now() }),
    adopt: (fork) => door.adopt({ ...fork, actor: 'person', at: ports.now() }),
    async resume(prepared, run, options) {
      const handle = await take(prepared, { run, ...options });
      if (handle) return handle;
      await requireEnded(watching, run);
      return endedHandle(watching, prepared, run);
    },
    attend: async (prepared, run, { after, ...options }) =>
      (await take(prepared, { run, ...options })) ?? followed(watching, prepared, { run, observe: options.observe, after }),
    journal: (run) => door.journal(run),
    async runs(limit) {
      const [total, rows] = [await door.countRuns(), await door.runs({ limit })];
      return { total, runs: rows.map(listed) };
    },
    runsLike: (prefix, limit) => door.runsLike(prefix, limit),
    request: (run, request) => requested(watching, run, request),
    work(options) {
      if (working) throw new EspalierError('input.invalid', 'This platform has a worker already; stop that one first.');
      const prepare: Parameters<typeof startWorker>[0]['prepare'] = (claim) => parts.prepare(claim.tenant, claim.workflowHash);
      const { archiveAfterDays, onProblem = () => {}, parkAfterMs = defaultParkAfterMs } = options;
      const nightly = archiveAfterDays === undefined ? undefined : startNightly(system, { archiveAfterDays, onProblem });
      const worker = startWorker({ store: system, signals: store.signals, leased, prepare }, options);
      const stop = async () => {
        working = undefined;
        await Promise.all([worker.stop(), nightly?.stop()]);
      };
      working = { parkAfterMs, stop };
      return {
        get active() {
          return worker.active;
        },
        stop,
      };
    },
    runQueued: ({ workflow, limit, capacity = 8, signal, ...told } = {}) =>
      queue.drive({ scope: { tenant, workflow }, limit, capacity, signal, ...told }),
    queues: () => door.queues(),
    follow: (name, handler, options) => system.follow(name, handler, options),
    logStatus: () => system.status(),
    async close() {
      await working?.stop();
      await queue.stop();
      await leased.close();
      await Promise.all([...watching.handles].map((handle) => handle.stop()));
      await store.close();
    },
  };
}

async function requireEnded({ door, store }: Watching, run: string): Promise<void> {
  const row = await door.run(run);
  if (!row) throw new EspalierError('run.not_found', `There is no run ${run}.`, { details: { run } });
  if (row.endedAt !== undefined) return;
  const seconds = Math.ceil(store.system().ownership.leaseMs / 1000);
  const message = `Run ${run} is driven by ${row.owner ?? 'another process'}; should that be gone, it is free ${seconds} s after its last sign of life.`;
  throw new EspalierError('journal.locked', message, { details: { run, owner: row.owner ?? null } });
}

function listed({ run, workflow, status, outcome, startedAt, endedAt, owner, problem }: RunRow): ListedRun {
  return { run, workflow, status, outcome: outcome ?? undefined, startedAt, lastAt: endedAt, owner, problem: problem ?? undefined };
}
