import { EspalierError } from '@espalier/core';
import {
  type DriverPorts,
  firstEvent,
  foldJournal,
  type PreparedWorkflow,
  type RunHandle,
  runResultOf,
  type StartOptions,
} from '@espalier/runtime';
import type { RunRequest, RunRow, Store, SystemDoor, TenantDoor } from '@espalier/store';
import type { Delivery, ListedRun } from '../delivery/delivery.ts';
import { LeasedRuns } from './leased-runs.ts';
import { startNightly } from './nightly.ts';
import { patientJournal, whileAway } from './patient-journal.ts';
import { watchRun } from './watch-run.ts';
import { defaultParkAfterMs, startWorker, type Worker, type WorkerOptions } from './worker.ts';

interface DurableParts {
  store: Store;
  tenant: string;
  ports: Omit<DriverPorts, 'journal'>;
  /** Loads the workflow that a run of any tenant is pinned to. */
  prepare(tenant: string, hash: string): Promise<PreparedWorkflow>;
}

/** Delivery through the database: runs outlive the process, and any process may go on with them. */
export interface DurableDelivery extends Delivery {
  /** Takes up runs that are due, until it is stopped or the delivery is closed. */
  work(options: WorkerOptions): Worker;
  follow: SystemDoor['follow'];
  logStatus: SystemDoor['status'];
}

export function durableDelivery(parts: DurableParts): DurableDelivery {
  const { store, tenant, ports } = parts;
  const system = store.system();
  const door = store.tenant(tenant);
  const journal = patientJournal(system.journal(tenant), system.ownership.leaseMs);
  const leased = new LeasedRuns({ store: system, signals: store.signals, ports });
  const watching: Watching = { door, store, ports, leased, handles: new Set() };
  /** Set while a worker is at work in this process. */
  let working: { parkAfterMs: number; stop(): Promise<void> } | undefined;
  return {
    workflows: system.workflows(tenant),
    async begin(prepared, options) {
      if (!working) return leased.begin(tenant, prepared, options);
      return beginUnloadable(watching, prepared, { ...options, parkAfterMs: working.parkAfterMs });
    },
    async submit(prepared, options) {
      const first = firstEvent({ ...ports, journal }, prepared, options);
      await journal.submit(options.run, [{ ...first, at: ports.now() }]);
    },
    async resume(prepared, run, options) {
      const taken = await system.ownership.take({ tenant, run });
      if (taken) return leased.takeUp({ tenant, run, ...taken }, async () => prepared, options);
      await requireEnded(watching, run);
      return endedHandle(watching, prepared, run);
    },
    journal: (run) => door.journal(run),
    async runs(limit) {
      const [total, rows] = [await door.countRuns(), await door.runs({ limit })];
      return { total, runs: rows.map(listed) };
    },
    runsLike: (prefix, limit) => door.runsLike(prefix, limit),
    request: (run, request) => requested(watching, run, request),
    work(options) {
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
    follow: (name, handler, options) => system.follow(name, handler, options),
    logStatus: () => system.status(),
    async close() {
      await working?.stop();
      await leased.close();
      await Promise.all([...watching.handles].map((handle) => handle.stop()));
      await store.close();
    },
  };
}

interface Watching {
  door: TenantDoor;
  store: Store;
  ports: Omit<DriverPorts, 'journal'>;
  leased: LeasedRuns;
  /** Handles of runs that go on elsewhere, which read the journal until the run ends. */
  handles: Set<RunHandle>;
}

/** Begins a run that may be unloaded here and go on elsewhere: its handle follows the journal. Resolves once the run is in the database. */
async function beginUnloadable(watching: Watching, prepared: PreparedWorkflow, options: StartOptions): Promise<RunHandle> {
  const { door, store, leased } = watching;
  const { run, observe = () => {} } = options;
  const begun = Promise.withResolvers<void>();
  const driven = leased.begin(door.tenant, prepared, { ...options, observe: () => begun.resolve() });
  driven.ended.then(() => begun.resolve(), begun.reject);
  await begun.promise;
  const watch = watchRun({ door, signals: store.signals, run, after: 0, observe });
  const handle = watchedHandle(watching, { run, ended: watch.ended.then(() => resultFrom(watching, prepared, run)), stop: watch.stop });
  watching.handles.add(handle);
  const forget = () => watching.handles.delete(handle);
  handle.ended.then(forget, forget);
  return handle;
}

interface Watched {
  run: string;
  ended: RunHandle['ended'];
  /** Ends the watching, not the run. */
  stop(): Promise<void>;
}

function watchedHandle(watching: Watching, { run, ended, stop }: Watched): RunHandle {
  const ask = async (request: RunRequest) => void (await requested(watching, run, request));
  ended.catch(() => {}); // whoever waits for it sees the error; nobody has to wait
  return {
    run,
    ended,
    cancel: (reason) => ask({ type: 'run.cancel_requested', reason }),
    pause: (reason) => ask(reason === undefined ? { type: 'run.paused' } : { type: 'run.paused', reason }),
    resume: () => ask({ type: 'run.resumed' }),
    refresh: async () => {},
    async stop() {
      await stop();
      await ended.catch(() => {});
    },
  };
}

/** A run that had ended before: its handle knows the result, and refuses everything else. */
function endedHandle(watching: Watching, prepared: PreparedWorkflow, run: string): RunHandle {
  return watchedHandle(watching, { run, ended: resultFrom(watching, prepared, run), stop: async () => {} });
}

async function resultFrom({ door, store }: Watching, { workflow }: PreparedWorkflow, run: string) {
  const events = await whileAway(store.system().ownership.leaseMs, () => door.journal(run));
  return runResultOf(run, foldJournal(workflow, run, events));
}

async function requested({ door, ports }: Watching, run: string, request: RunRequest): Promise<boolean> {
  return door.request(run, request, { actor: 'person', at: ports.now() });
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
