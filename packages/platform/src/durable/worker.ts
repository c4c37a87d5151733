import type { PreparedWorkflow } from '@espalier/runtime';
import type { ChangedStreams, Claim, RunRef, Signals, SystemDoor } from '@espalier/store';
import type { LeasedRuns } from './leased-runs.ts';
import { refOf } from './run-key.ts';

export interface WorkerOptions {
  /** Runs driven at once. */
  capacity?: number | undefined;
  /** How often due runs are looked for without a signal, in milliseconds. */
  pollMs?: number | undefined;
  /** A run that waits for longer than this is unloaded, in milliseconds. */
  parkAfterMs?: number | undefined;
  /** How long runs under way may go on when the worker is asked to stop, in milliseconds. */
  drainMs?: number | undefined;
  /** Journals of runs that ended so many days ago are moved into an archive, nightly (S7). Default: never. */
  archiveAfterDays?: number | undefined;
  /** Told about runs that could not be taken up, and, without a run, about nightly work that failed. */
  onProblem?: ((thrown: unknown, ref?: RunRef) => void) | undefined;
}

/** Takes up runs that are due, of any tenant, until it is stopped. */
export interface Worker {
  /** Runs that it drives now. */
  readonly active: number;
  /** Takes up nothing more, lets what is under way go on for `drainMs`, and gives the rest up for others. */
  stop(): Promise<void>;
}

interface WorkerParts {
  store: SystemDoor;
  signals: Signals;
  leased: LeasedRuns;
  prepare(claim: Claim): Promise<PreparedWorkflow>;
}

const defaults = { capacity: 32, pollMs: 1000, drainMs: 10_000 };
/** Where nothing else is said, a run that waits for longer is unloaded: loading it again takes a few milliseconds. */
export const defaultParkAfterMs = 1000;

export function startWorker(parts: WorkerParts, options: WorkerOptions): Worker {
  const loop = new ClaimLoop(parts, options);
  loop.look();
  return {
    get active() {
      return parts.leased.size;
    },
    stop: () => loop.stop(options.drainMs ?? defaults.drainMs),
  };
}

class ClaimLoop {
  readonly #parts: WorkerParts;
  readonly #options: WorkerOptions;
  readonly #forget: () => void;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isStopped = false;
  /** Runs that queue and runs that do not come first by turns: neither keeps the other from being driven. */
  #queueFirst = false;

  constructor(parts: WorkerParts, options: WorkerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#forget = parts.signals.onDue((streams) => this.#heard(streams));
    parts.leased.onFree = () => this.look();
  }

  /** Claims what is due, now or as soon as the claim under way is through. */
  look(): void {
    if (this.#isStopped) return;
    this.#lookAgain = true;
    this.#looking ??= this.#claimAll().finally(() => {
      this.#looking = undefined;
      clearTimeout(this.#timer);
      if (this.#isStopped) return;
      if (this.#lookAgain) this.look();
      else this.#timer = setTimeout(() => this.look(), this.#options.pollMs ?? defaults.pollMs);
    });
  }

  async stop(drainMs: number): Promise<void> {
    this.#isStopped = true;
    this.#forget();
    clearTimeout(this.#timer);
    await this.#looking;
    await this.#parts.leased.drained(drainMs);
    await this.#parts.leased.stopAll();
  }

  async #claimAll(): Promise<void> {
    const { leased, store } = this.#parts;
    while (this.#lookAgain && !this.#isStopped) {
      this.#lookAgain = false;
      const room = (this.#options.capacity ?? defaults.capacity) - leased.size;
      if (room <= 0) return;
      const claims = await this.#claim(store, room);
      for (const claim of claims) this.#takeUp(claim);
      if (claims.length === room) this.#lookAgain = true;
    }
  }

  /** A database that is away has nothing to give for now: the next look finds it. */
  async #claim({ ownership, queue }: SystemDoor, room: number): Promise<Claim[]> {
    const due = (limit: number) => ownership.claim(limit).catch(() => []);
    const queued = (limit: number) => queue.claim(limit).catch(() => []);
    this.#queueFirst = !this.#queueFirst;
    const [first, second] = this.#queueFirst ? [queued, due] : [due, queued];
    const claims = await first(room);
    return claims.length < room ? [...claims, ...(await second(room - claims.length))] : claims;
  }

  #takeUp(claim: Claim): void {
    const { leased, prepare } = this.#parts;
    const parkAfterMs = this.#options.parkAfterMs ?? defaultParkAfterMs;
    const taking = leased.takeUp(claim, () => prepare(claim), { parkAfterMs, isDequeued: claim.isDequeued });
    taking.catch((thrown: unknown) => this.#options.onProblem?.(thrown, claim)); // the run says why as well
  }

  /** Runs that are driven here are looked after already. */
  #heard(streams: ChangedStreams): void {
    if (!streams || [...streams].some((stream) => !this.#parts.leased.find(refOf(stream)))) this.look();
  }
}
