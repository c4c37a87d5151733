import type { DriveOptions, PreparedWorkflow, RunHandle, RunResult, StartOptions } from '@espalier/runtime';
import type { Claim, RunRef } from '@espalier/store';
import { type EntranceParts, enterQueue } from './enter-queue.ts';
import { driveQueue, type QueueDriveOptions } from './queue-drive.ts';
import { watchRun } from './watch-run.ts';
import { resultFrom, type Watching, watchedHandle } from './watched-runs.ts';

export interface RunQueuedOptions {
  /** The id of a workflow; default: the queues of all. */
  workflow?: string | undefined;
  /** At most so many runs; default: until none is left. */
  limit?: number | undefined;
  /** Runs driven at once by this process. */
  capacity?: number | undefined;
  /** Once it is aborted, no further run is taken. */
  signal?: AbortSignal | undefined;
  /** Told how each of them ended. */
  onEnded?: ((result: RunResult) => void) | undefined;
  /** Told about runs that were taken and could not be driven to their end. */
  onProblem?: ((thrown: unknown, ref: RunRef) => void) | undefined;
}

type DriveRequest = Omit<QueueDriveOptions, 'signal'> & { signal?: AbortSignal | undefined };

/** The queues as this process works at them. */
export interface QueuedRuns {
  readonly parts: QueuedRunsParts;
  /** @returns how many runs were taken. */
  drive(request: DriveRequest): Promise<number>;
  /** Stops everything that `drive` does, and what it drives. */
  stop(): Promise<void>;
}

interface QueuedRunsParts {
  watching: Watching;
  entrance: EntranceParts;
  prepare(claim: Claim): Promise<PreparedWorkflow>;
  /** Whether a worker of this process takes queued runs anyway. */
  isWorking(): boolean;
}

export function queuedRuns(parts: QueuedRunsParts): QueuedRuns {
  const { store, leased } = parts.watching;
  const stopping = new AbortController();
  const drives = new Set<Promise<unknown>>();
  return {
    parts,
    drive({ signal, ...options }) {
      const either = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal;
      const driving = driveQueue({ store, leased, prepare: parts.prepare }, { ...options, signal: either });
      const settled: Promise<void> = driving.catch(() => {}).then(() => void drives.delete(settled));
      drives.add(settled);
      return driving;
    },
    async stop() {
      stopping.abort();
      if (drives.size === 0) return;
      await leased.stopAll();
      await Promise.all(drives);
    },
  };
}

/** Accepts a run, and works at the queue of its workflow until the run has had its turn and ended. */
export async function beginQueued(queue: QueuedRuns, prepared: PreparedWorkflow, options: StartOptions): Promise<RunHandle> {
  await enterQueue(queue.parts.entrance, prepared, options);
  return followQueued(queue, prepared, options);
}

/** The same for a run that was accepted before, and was just taken to look at it. */
export async function resumeQueued(
  queue: QueuedRuns,
  prepared: PreparedWorkflow,
  { taken, ...options }: DriveOptions & { run: string; taken: Pick<Claim, 'epoch' | 'task'> },
): Promise<RunHandle> {
  const { leased, door } = queue.parts.watching;
  const handle = await leased.takeUp({ tenant: door.tenant, run: options.run, ...taken }, async () => prepared, options);
  const { status } = await handle.ended;
  // Unless it was asked to end, it is back at its place.
  return status === 'queued' ? followQueued(queue, prepared, options) : handle;
}

function followQueued(queue: QueuedRuns, prepared: PreparedWorkflow, options: DriveOptions & { run: string }): RunHandle {
  const { watching } = queue.parts;
  const { run, observe = () => {}, parkAfterMs } = options;
  const watch = watchRun({ door: watching.door, signals: watching.store.signals, run, after: 0, observe });
  const over = new AbortController();
  const parked = Promise.withResolvers<RunResult>();
  const onEnded = (result: RunResult) => {
    if (result.run === run && result.parked && result.status !== 'queued') parked.resolve(result);
  };
  const ended = Promise.race([watch.ended.then(() => resultFrom(watching, prepared, run)), parked.promise]).finally(() => over.abort());
  parked.promise.then(watch.stop).catch(() => {});
  if (!queue.parts.isWorking()) {
    const scope = { tenant: watching.door.tenant, workflow: prepared.workflow.id };
    // One after another: little of others is under way when this run has ended.
    queue.drive({ scope, capacity: 1, isPatient: true, parkAfterMs, signal: over.signal, onEnded }).catch(parked.reject);
  }
  const handle = attentive(queue, prepared, { handle: watchedHandle(watching, { run, ended, stop: watch.stop }), parkAfterMs, onEnded });
  watching.handles.add(handle);
  const forget = () => watching.handles.delete(handle);
  handle.ended.then(forget, forget);
  return handle;
}

interface Attention extends Pick<DriveOptions, 'parkAfterMs'> {
  handle: RunHandle;
  onEnded(result: RunResult): void;
}

/** A handle that sees to it that a run that is queued, and so is driven by nobody, heeds what is asked of it. */
function attentive(queue: QueuedRuns, prepared: PreparedWorkflow, { handle, parkAfterMs, onEnded }: Attention): RunHandle {
  const { store, leased, door } = queue.parts.watching;
  const { run } = handle;
  const heed = async () => {
    const taken = await store.system().ownership.take({ tenant: door.tenant, run });
    if (!taken) return;
    const driven = await leased.takeUp({ tenant: door.tenant, run, ...taken }, async () => prepared, {
      parkAfterMs,
      isDequeued: taken.isDequeued,
    });
    driven.ended.then(onEnded, () => {});
  };
  return {
    ...handle,
    cancel: (reason) => handle.cancel(reason).then(heed),
    pause: (reason) => handle.pause(reason).then(heed),
  };
}
