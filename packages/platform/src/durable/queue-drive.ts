import type { PreparedWorkflow, RunResult } from '@espalier/runtime';
import type { Claim, QueueScope, RunRef, Store } from '@espalier/store';
import type { LeasedRuns } from './leased-runs.ts';

export interface QueueDriveParts {
  store: Store;
  leased: LeasedRuns;
  prepare(claim: Claim): Promise<PreparedWorkflow>;
}

export interface QueueDriveOptions {
  scope: QueueScope;
  /** Runs driven at once. */
  capacity: number;
  /** At most so many runs are taken. */
  limit?: number | undefined;
  /** Goes on looking when nothing is queued, until the signal is aborted. */
  isPatient?: boolean | undefined;
  /** As for any run; default: what waits is held here. */
  parkAfterMs?: number | undefined;
  /** Aborted when nothing more is to be taken. */
  signal: AbortSignal;
  /** Told how runs ended that were driven here, or that they were parked. */
  onEnded?: ((result: RunResult) => void) | undefined;
  /** Told about runs that were taken and could not be driven to their end. */
  onProblem?: ((thrown: unknown, ref: RunRef) => void) | undefined;
}

/** How often the queue is looked at without a signal, in milliseconds. */
const pollMs = 500;

/**
 * Drives queued runs in this process, in their order and within their limits, until none is left or the signal is aborted; those under way
 * are driven to their end. @returns how many it took.
 */
export async function driveQueue(parts: QueueDriveParts, options: QueueDriveOptions): Promise<number> {
  const { signal, limit = Number.POSITIVE_INFINITY, capacity } = options;
  const driven = new Set<Promise<void>>();
  const begin = (claim: Claim) => {
    const driving = drive(parts, claim, options).then(() => void driven.delete(driving));
    driven.add(driving);
  };
  let taken = 0;
  for (;;) {
    const changed = nextChange(parts.store, signal);
    const room = signal.aborted ? 0 : Math.min(capacity - driven.size, limit - taken);
    const claims = room > 0 ? await claimSome(parts.store, room, options.scope) : [];
    taken += claims.length;
    for (const claim of claims) {
      if (signal.aborted)
        void parts.store
          .system()
          .ownership.release(claim)
          .catch(() => {}); // its lease runs out
      else begin(claim);
    }
    const isOver =
      driven.size === 0 && (signal.aborted || taken >= limit || (!options.isPatient && (await isEmpty(parts.store, options.scope))));
    if (!isOver && claims.length < Math.max(1, room)) await Promise.race([changed.happened, ...driven]);
    changed.forget();
    if (isOver) return taken;
  }
}

/** What others left behind comes first: it holds places at work. A database that is away has nothing to give for now. */
async function claimSome(store: Store, room: number, scope: QueueScope): Promise<Claim[]> {
  const { queue } = store.system();
  const abandoned = await queue.claimAbandoned(room, scope).catch(() => []);
  if (abandoned.length === room) return abandoned;
  return [...abandoned, ...(await queue.claim(room - abandoned.length, scope).catch(() => []))];
}

async function drive({ leased, prepare }: QueueDriveParts, claim: Claim, options: QueueDriveOptions): Promise<void> {
  const { parkAfterMs, onEnded = () => {}, onProblem = () => {} } = options;
  try {
    const handle = await leased.takeUp(claim, () => prepare(claim), { parkAfterMs, isDequeued: claim.isDequeued });
    onEnded(await handle.ended);
  } catch (thrown) {
    onProblem(thrown, claim); // the run says why as well
  }
}

async function isEmpty(store: Store, { tenant, workflow }: QueueScope): Promise<boolean> {
  const queues = await store
    .tenant(tenant)
    .queues()
    .catch(() => undefined);
  if (!queues) return false; // the database is away
  return queues.every((queue) => queue.queued === 0 || (workflow !== undefined && queue.workflow !== workflow));
}

/** Resolves when runs may have become due, when it is time to look again, and when the signal is aborted. */
function nextChange(store: Store, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const forgetDue = store.signals.onDue(() => resolve());
  const timer = setTimeout(resolve, pollMs);
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  const forget = () => {
    forgetDue();
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { happened: promise, forget };
}
