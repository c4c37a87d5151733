type Tell = (kind: 'missing' | 'recovered', message: string) => void;

/** Counts what a plugin misses, and says so once when it begins and once when it is over. */
export class MissedEvents {
  readonly #reportMs: number;
  readonly #tell: Tell;
  #total = 0;
  /** Missed since it was last said how many. */
  #unsaid = 0;
  #isMissing = false;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(reportMs: number, tell: Tell) {
    this.#reportMs = reportMs;
    this.#tell = tell;
  }

  get total(): number {
    return this.#total;
  }

  /** The queue is full. A plugin that is hardly ever on time is reported from time to time. */
  pass(waiting: number): void {
    this.count(1);
    if (this.#isMissing || performance.now() - this.#saidAt < this.#reportMs) return;
    this.#isMissing = true;
    this.#saidAt = performance.now();
    this.#tell('missing', `falls behind: ${waiting} events wait for it, and what comes now passes it by`);
  }

  /** Events that it lost for a reason that is reported elsewhere. */
  count(events: number): void {
    this.#total += events;
    this.#unsaid += events;
  }

  /** Nothing waits any more. */
  caughtUp(): void {
    if (!this.#isMissing) return;
    this.#isMissing = false;
    this.#tell('recovered', `has caught up; it missed ${this.#take()}`);
  }

  /** Nothing more will come. */
  end(): void {
    if (this.#unsaid > 0) this.#tell('missing', `missed ${this.#take()} by the end`);
  }

  #take(): string {
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    return unsaid === 1 ? '1 event' : `${unsaid} events`;
  }
}
