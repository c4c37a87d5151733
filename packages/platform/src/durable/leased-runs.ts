import { EspalierError, faultOf } from '@espalier/core';
import {
  createDriver,
  type DriveOptions,
  type Driver,
  type DriverPorts,
  type PluginHost,
  type PreparedWorkflow,
  type RunHandle,
  type RunResult,
  type StartOptions,
} from '@espalier/runtime';
import type { ChangedStreams, Claim, KeptRun, RunRef, Signals, StoreJournal, SystemDoor } from '@espalier/store';
import { observedDriver } from '../plugins/observed-driver.ts';
import { patientJournal } from './patient-journal.ts';
import { keyOf, refOf, tenureOf } from './run-key.ts';

interface LeasedRunsParts {
  store: SystemDoor;
  signals: Signals;
  ports: Omit<DriverPorts, 'journal'>;
  plugins: PluginHost;
}

/** A run that was just given to this process. */
type TakenRun = Pick<Claim, 'tenant' | 'run' | 'epoch' | 'task'>;

/** A run that this process drives, or is about to. */
interface Leased extends RunRef {
  /** Under which it is ours; undefined for a run that began here, until a heartbeat asks. Another claim of the same run is another one of these. */
  epoch: number | undefined;
  /** Undefined while the run is being loaded. */
  handle: RunHandle | undefined;
  /** Something came in while it was being loaded. */
  isWoken: boolean;
}

/** After a fault of the storage a run is tried again soon; after one of the workflow it needs a person first. */
const againAfterMs = { storage: 1000, workflow: 60_000 } as const;

/** The runs that this process drives, under leases that it renews (S13). What it lets go of is unloaded in the database first. */
export class LeasedRuns {
  readonly #parts: LeasedRunsParts;
  readonly #leased = new Map<string, Leased>();
  readonly #drivers = new Map<string, Driver>();
  /** Runs being loaded. */
  readonly #loading = new Set<Promise<void>>();
  /** Runs being given up. */
  readonly #leaving = new Set<Promise<void>>();
  #heartbeat: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #missedBeat = false;
  /** Runs that were ours in the database at the last heartbeat, and not here; or that could not be given up. */
  #unknown = new Set<string>();

  readonly #forgetSignals: () => void;
  /** Called when a run was given up or has ended: there is room for another. */
  onFree: () => void = () => {};

  constructor(parts: LeasedRunsParts) {
    this.#parts = parts;
    this.#forgetSignals = parts.signals.onDue((streams) => this.#heard(streams));
  }

  get size(): number {
    return this.#leased.size;
  }

  /** Begins a run; it is ours from its first commit on. */
  begin(tenant: string, prepared: PreparedWorkflow, options: StartOptions): RunHandle {
    const leased = this.#enter({ tenant, run: options.run }, undefined);
    try {
      const handle = this.#driver(tenant).start(prepared, options);
      this.#follow(leased, handle, () => this.#driver(tenant).resume(prepared, options.run, options));
      return handle;
    } catch (thrown) {
      this.#leased.delete(keyOf(leased));
      throw thrown;
    }
  }

  /** Loads a run that was claimed or taken. What cannot be loaded is given up again, with the reason. */
  takeUp(claim: TakenRun, prepare: () => Promise<PreparedWorkflow>, options: DriveOptions): Promise<RunHandle> {
    const loading = this.#load(claim, prepare, options);
    const settled = loading.then(
      () => {},
      () => {},
    );
    this.#loading.add(settled);
    void settled.then(() => this.#loading.delete(settled));
    return loading;
  }

  async #load(claim: TakenRun, prepare: () => Promise<PreparedWorkflow>, options: DriveOptions): Promise<RunHandle> {
    const { tenant, run, epoch, task } = claim;
    const former = this.#leased.get(keyOf(claim));
    const leased = this.#enter(claim, epoch);
    try {
      await former?.handle?.stop(); // others had it meanwhile, and nothing of that was noticed here
      this.#journal(tenant).hold(run, { epoch, task });
      const prepared = await prepare();
      if (this.#leased.get(keyOf(leased)) !== leased) throw fenced(run);
      const again = () => this.#driver(tenant).resume(prepared, run, options);
      const handle = await again();
      this.#follow(leased, handle, again);
      return handle;
    } catch (thrown) {
      await this.#leave(leased, () => this.#release(leased, thrown));
      throw thrown;
    }
  }

  /** The handle of a run that is loaded here. */
  find({ tenant, run }: RunRef): RunHandle | undefined {
    return this.#leased.get(keyOf({ tenant, run }))?.handle;
  }

  /** Resolves when the runs that are being given up are: a handle's `ended` does not wait for that. */
  async left(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  /** Stops all runs where they are and gives them up. */
  async stopAll(): Promise<void> {
    // What came in for a run that was being given up brings it back.
    while (this.#leased.size > 0 || this.#loading.size > 0 || this.#leaving.size > 0) {
      await Promise.all(this.#loading);
      await Promise.all([...this.#leased.values()].map(({ handle }) => handle?.stop()));
      await Promise.all(this.#leaving);
    }
  }

  async close(): Promise<void> {
    this.#forgetSignals();
    await this.stopAll();
    clearInterval(this.#heartbeat);
    await this.#beating;
  }

  /** Resolves when no run is left, or after `ms`. */
  async drained(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.#leased.size > 0 && performance.now() < end) {
      const handles = [...this.#leased.values()].flatMap(({ handle }) => (handle ? [handle.ended.catch(() => {})] : []));
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, Math.max(0, Math.min(100, end - performance.now())));
      await Promise.race([promise, ...handles]);
      clearTimeout(timer);
      await Promise.all(this.#leaving);
    }
  }

  /** Something was asked of runs: those that are driven here look at their journals. */
  #heard(streams: ChangedStreams): void {
    if (streams === undefined) void this.#beat();
    for (const stream of streams ?? []) this.#wake(refOf(stream));
  }

  /** There is something new in the journal of a run, if that is driven here. */
  #wake(ref: RunRef): void {
    const leased = this.#leased.get(keyOf(ref));
    if (leased?.handle) refresh(leased.handle);
    else if (leased) leased.isWoken = true;
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#renew().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  #journal(tenant: string): StoreJournal {
    return this.#parts.store.journal(tenant);
  }

  #driver(tenant: string): Driver {
    const known = this.#drivers.get(tenant);
    if (known) return known;
    const { ports, plugins, store } = this.#parts;
    // When the lease has run out others may go on with the run: there is nothing left to be patient for.
    const journal = patientJournal(this.#journal(tenant), store.ownership.leaseMs);
    const driver = observedDriver(createDriver({ ...ports, journal, tenant }), { plugins, tenant, journal });
    this.#drivers.set(tenant, driver);
    return driver;
  }

  #enter({ tenant, run }: RunRef, epoch: number | undefined): Leased {
    const leased: Leased = { tenant, run, epoch, handle: undefined, isWoken: false };
    this.#leased.set(keyOf(leased), leased);
    this.#heartbeat ??= setInterval(() => void this.#beat(), this.#parts.store.ownership.leaseMs / 3).unref();
    return leased;
  }

  /** Gives the run up when its driver lets go of it. @param again takes it up once more: something came in while it was being given up. */
  #follow(leased: Leased, handle: RunHandle, again: () => Promise<RunHandle>): void {
    leased.handle = handle;
    if (leased.isWoken) refresh(handle);
    leased.isWoken = false;
    handle.ended.then(
      (result) =>
        void this.#leave(leased, async () => {
          if (!result.parked || (await this.#unload(leased, result))) return 'gone';
          leased.handle = undefined;
          this.#follow(leased, await again(), again);
          return 'kept';
        }),
      (thrown: unknown) => void this.#leave(leased, () => this.#release(leased, thrown)),
    );
  }

  async #leave(leased: Leased, giveUp: () => Promise<'gone' | 'kept'>): Promise<void> {
    const leaving = giveUp()
      .catch((thrown: unknown) => this.#release(leased, thrown))
      .catch(() => {
        this.#unknown.add(tenureOf({ ...leased, epoch: this.#epochOf(leased) })); // a database that is away cannot be told: the next heartbeat does, or the lease runs out
        return 'gone' as const;
      })
      .then((left) => {
        if (left === 'gone') this.#forget(leased);
      });
    this.#leaving.add(leaving);
    await leaving;
    this.#leaving.delete(leaving);
  }

  #forget(leased: Leased): void {
    if (this.#leased.get(keyOf(leased)) !== leased) return;
    this.#leased.delete(keyOf(leased));
    this.#journal(leased.tenant).forget(leased.run);
    this.onFree();
  }

  /** @returns false if something came in after the last event that the driver saw. */
  async #unload(leased: Leased, { status, parked }: RunResult): Promise<boolean> {
    const { tenant, run } = leased;
    const epoch = this.#epochOf(leased);
    if (epoch === undefined || !parked) return true;
    const delayMs = parked.wakeAt === undefined ? undefined : Math.max(0, parked.wakeAt - this.#parts.ports.now());
    return this.#parts.store.ownership.unload({
      tenant,
      run,
      epoch,
      seq: parked.seq,
      status: status === 'paused' || status === 'queued' ? status : 'waiting',
      delayMs,
    });
  }

  async #release(leased: Leased, thrown: unknown): Promise<'gone'> {
    const { tenant, run } = leased;
    const epoch = this.#epochOf(leased);
    const { code, message } = faultOf(thrown);
    if (epoch === undefined || code === 'journal.fenced') return 'gone';
    const { ownership } = this.#parts.store;
    if (code === 'run.stopped') await ownership.release({ tenant, run, epoch });
    else {
      const isRetryable = thrown instanceof EspalierError && thrown.retryable;
      const delayMs = againAfterMs[isRetryable ? 'storage' : 'workflow'];
      await ownership.release({ tenant, run, epoch }, { delayMs, problem: `${code}: ${message}` });
    }
    return 'gone';
  }

  /** A new run whose first commit was not confirmed may be in the database all the same. */
  #epochOf({ tenant, run, epoch }: Leased): number | undefined {
    return epoch ?? this.#journal(tenant).held(run)?.epoch;
  }

  /** A run that began here is in the database from its first commit on. */
  #isInDatabase(leased: Leased): boolean {
    const held = leased.epoch === undefined ? this.#journal(leased.tenant).held(leased.run) : undefined;
    if (held?.isWritten) leased.epoch = held.epoch;
    return leased.epoch !== undefined;
  }

  /** What the database says is ours, is; a run that it has given to others is stopped, one that we know nothing of is given back. */
  async #renew(): Promise<void> {
    const before = [...this.#leased.values()].filter((leased) => this.#isInDatabase(leased));
    const { ownership, clock } = this.#parts.store;
    await clock.sync().catch(() => {}); // it goes on by itself
    const kept = await ownership.heartbeat().catch(() => undefined); // away: appends tell what has become of the runs
    if (!kept) {
      this.#missedBeat = true;
      return;
    }
    const missedBeat = this.#missedBeat; // what it said may have been lost on the way
    this.#missedBeat = false;
    const ours = new Set(kept.map(tenureOf));
    for (const leased of before) if (!ours.has(tenureOf(leased))) void leased.handle?.stop();
    // Those that were claimed or begun since `before` as well: the heartbeat tells it once.
    for (const run of kept) if (run.woken || missedBeat) this.#wake(run);
    await this.#giveBack(kept.filter((run) => !this.#leased.has(keyOf(run))));
  }

  /** Gives back runs that are ours by the database alone, such as after a release that failed. Those claimed a moment ago are on their way in. */
  async #giveBack(unknown: readonly KeptRun[]): Promise<void> {
    const known = this.#unknown;
    this.#unknown = new Set(unknown.map(tenureOf));
    for (const run of unknown) if (known.has(tenureOf(run))) await this.#parts.store.ownership.release(run).catch(() => {});
  }
}

/** What comes of it, the handle's `ended` says as well. */
function refresh(handle: RunHandle): void {
  handle.refresh().catch(() => {});
}

function fenced(run: string): EspalierError {
  return new EspalierError('journal.fenced', `Run ${run} was taken over while it was being loaded.`, { details: { run } });
}
