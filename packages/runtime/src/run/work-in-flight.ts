import type { GraphNode, Json } from '@espalier/core';

/** A program under way. */
export interface Work {
  /** The id of its task. */
  readonly task: string;
  readonly node: GraphNode;
  /** The task's value when the program was launched. */
  readonly value: Json;
  /** When its node times out, in milliseconds since the epoch. */
  readonly timeoutAt: number | undefined;
  readonly controller: AbortController;
  stopTimer: () => void;
  /** Effects that it has asked for and that have not ended. */
  readonly effects: Set<Promise<unknown>>;
  /** Keys of model calls whose start is on its way into the journal: nobody is asked before it is there. */
  readonly beginning: Set<string>;
  /** How many of them are waits. */
  waits: number;
  /** Whether it does nothing but wait. */
  isWaiting: boolean;
}

/** The programs under way in one run, by task. Those that do nothing but wait take no place of `concurrency` (S16). */
export class WorkInFlight implements Iterable<Work> {
  readonly #byTask = new Map<string, Work>();
  #waiting = 0;
  readonly #onWaiting: () => void;

  /** @param onWaiting called when a program has begun to do nothing but wait */
  constructor(onWaiting: () => void) {
    this.#onWaiting = onWaiting;
  }

  /** How many programs do more than wait. */
  get busy(): number {
    return this.#byTask.size - this.#waiting;
  }

  get(task: string): Work | undefined {
    return this.#byTask.get(task);
  }

  add(work: Work): void {
    this.#byTask.set(work.task, work);
  }

  /** Takes a program out, and says whether it was there: another one may have taken its place. */
  remove(work: Work): boolean {
    work.stopTimer();
    if (this.#byTask.get(work.task) !== work) return false;
    if (work.isWaiting) this.#waiting -= 1;
    return this.#byTask.delete(work.task);
  }

  /** Counts an effect as one of the program's until it has ended. */
  track<T>(work: Work, kind: 'call' | 'wait', effect: Promise<T>): Promise<T> {
    const waits = kind === 'wait' ? 1 : 0;
    const ended = () => {
      work.effects.delete(effect);
      work.waits -= waits;
      this.#review(work);
    };
    work.effects.add(effect);
    work.waits += waits;
    this.#review(work);
    effect.then(ended, ended);
    return effect;
  }

  [Symbol.iterator](): Iterator<Work> {
    return this.#byTask.values();
  }

  #review(work: Work): void {
    const isWaiting = work.waits > 0 && work.waits === work.effects.size;
    if (this.#byTask.get(work.task) !== work || isWaiting === work.isWaiting) return;
    work.isWaiting = isWaiting;
    this.#waiting += isWaiting ? 1 : -1;
    if (isWaiting) this.#onWaiting();
  }
}
