import type { Task } from './state.ts';

/**
 * Tasks in the order in which they came. A Set would do, but its iterator steps over what was deleted at its front: taking the first of
 * n tasks n times would cost n². Here every operation costs O(1), spread over many.
 */
export class TaskQueue implements Iterable<Task> {
  /** Taken and removed tasks leave holes, which are cut off at the front now and then. */
  #slots: (Task | undefined)[] = [];
  #front = 0;
  /** How many slots were cut off: a task's place less this is its slot. */
  #cut = 0;
  readonly #places = new Map<Task, number>();

  get size(): number {
    return this.#places.size;
  }

  add(task: Task): void {
    if (this.#places.has(task)) return;
    this.#places.set(task, this.#cut + this.#slots.length);
    this.#slots.push(task);
  }

  delete(task: Task): void {
    const place = this.#places.get(task);
    if (place === undefined) return;
    this.#places.delete(task);
    this.#slots[place - this.#cut] = undefined;
    while (this.#front < this.#slots.length && this.#slots[this.#front] === undefined) this.#front += 1;
    if (this.#front > 64 && this.#front * 2 > this.#slots.length) this.#compact();
  }

  /** The task that has waited longest. */
  first(): Task | undefined {
    return this.#slots[this.#front];
  }

  *[Symbol.iterator](): Iterator<Task> {
    for (const task of this.#slots) if (task) yield task;
  }

  #compact(): void {
    this.#slots = this.#slots.slice(this.#front);
    this.#cut += this.#front;
    this.#front = 0;
  }
}
