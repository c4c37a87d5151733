import {
  type DriveOptions,
  type DriverPorts,
  foldJournal,
  type PreparedWorkflow,
  type RunHandle,
  readHistory,
  runResultOf,
  type StartOptions,
} from '@espalier/runtime';
import type { RunRequest, Store, TenantDoor } from '@espalier/store';
import type { LeasedRuns } from './leased-runs.ts';
import { whileAway } from './patient-journal.ts';
import { watchRun } from './watch-run.ts';

/** What handles of runs that may go on elsewhere are made from. */
export interface Watching {
  door: TenantDoor;
  store: Store;
  ports: Omit<DriverPorts, 'journal'>;
  leased: LeasedRuns;
  /** Handles of runs that go on elsewhere, which read the journal until the run ends. */
  handles: Set<RunHandle>;
}

/** Begins a run that may be unloaded here and go on elsewhere: its handle follows the journal. Resolves once the run is in the database. */
export async function beginUnloadable(watching: Watching, prepared: PreparedWorkflow, options: StartOptions): Promise<RunHandle> {
  const { door, leased } = watching;
  const { run, observe } = options;
  const begun = Promise.withResolvers<void>();
  const driven = leased.begin(door.tenant, prepared, { ...options, observe: () => begun.resolve() });
  driven.ended.then(() => begun.resolve(), begun.reject);
  await begun.promise;
  return followed(watching, prepared, { run, observe, after: 0 });
}

type Following = Pick<DriveOptions, 'observe'> & { run: string; after: number };

/** The handle of a run that goes on wherever it is driven: it follows the journal behind `after`. */
export function followed(watching: Watching, prepared: PreparedWorkflow, { run, observe = () => {}, after }: Following): RunHandle {
  const { door, store } = watching;
  const watch = watchRun({ door, signals: store.signals, run, after, observe });
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

export function watchedHandle(watching: Watching, { run, ended, stop }: Watched): RunHandle {
  const ask = async (request: RunRequest) => void (await requested(watching, run, request));
  ended.catch(() => {}); // whoever waits for it sees the error; nobody has to wait
  return {
    run,
    ended,
    cancel: (reason) => ask({ type: 'run.cancel_requested', reason }),
    pause: (reason) => ask(reason === undefined ? { type: 'run.paused' } : { type: 'run.paused', reason }),
    resume: () => ask({ type: 'run.resumed' }),
    step: () => ask({ type: 'run.step_requested' }),
    refresh: async () => {},
    async stop() {
      await stop();
      await ended.catch(() => {});
    },
  };
}

/** A run that had ended before: its handle knows the result, and refuses everything else. */
export function endedHandle(watching: Watching, prepared: PreparedWorkflow, run: string): RunHandle {
  return watchedHandle(watching, { run, ended: resultFrom(watching, prepared, run), stop: async () => {} });
}

export async function resultFrom({ door, store }: Watching, { workflow }: PreparedWorkflow, run: string) {
  const history = await whileAway(store.system().ownership.leaseMs, () => readHistory((of) => door.journal(of), run));
  return runResultOf(run, foldJournal(workflow, run, history));
}

export async function requested({ door, ports }: Watching, run: string, request: RunRequest): Promise<boolean> {
  return door.request(run, request, { actor: 'person', at: ports.now() });
}
