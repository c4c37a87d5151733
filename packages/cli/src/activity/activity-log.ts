import type { EventType, JournalEvent } from '@espalier/core';
import type { Call, EndedVisit, Try, Visit } from './visit.ts';

type Event<T extends EventType> = Extract<JournalEvent, { type: T }>;

/** Turns the events of a run, in order, into visits of tasks to nodes. */
export class ActivityLog {
  /** By task: a task is at one node at a time. */
  readonly #underWay = new Map<string, Visit>();
  /** Those that have not ended, by key. */
  readonly #calls = new Map<string, Call>();

  /** The visits that have begun and not ended, oldest first. */
  get underWay(): readonly Visit[] {
    return [...this.#underWay.values()];
  }

  /** Who is asked in the last try of a model call under way. @param key of its effect */
  deploymentOf(key: string): string | undefined {
    return this.#calls.get(key)?.tries.at(-1)?.deployment;
  }

  /** @returns the visit that the event ended, if it ended one. */
  observe(event: JournalEvent): EndedVisit | undefined {
    switch (event.type) {
      case 'node.started':
        this.#underWay.set(event.payload.task, { ...event.payload, startedAt: event.at, calls: [] });
        return undefined;
      case 'effect.started':
        this.#started(event);
        return undefined;
      case 'effect.refused':
        this.#refused(event);
        return undefined;
      case 'usage.recorded':
      case 'usage.assumed':
        this.#settled(event);
        return undefined;
      case 'effect.completed':
        this.#answered(event);
        return undefined;
      case 'node.completed':
        return this.#completed(event);
      case 'task.cancelled':
        return this.#ended(event, 'cancelled');
      case 'task.completed':
        return this.#ended(event, event.payload.outcome);
      default:
        return undefined;
    }
  }

  /** A further try belongs to the call that was begun. */
  #started({ payload }: Event<'effect.started'>): void {
    const { key, task, try: number, reservation } = payload;
    const call = (number > 1 ? this.#calls.get(key) : undefined) ?? callOf(payload);
    if (call.tries.length === 0) this.#underWay.get(task)?.calls.push(call);
    call.tries.push({ deployment: reservation?.deployment, cost: 0n, error: undefined });
    this.#calls.set(key, call);
  }

  #refused({ payload }: Event<'effect.refused'>): void {
    const { key, task, try: number = 1, error } = payload;
    const call = (number > 1 ? this.#calls.get(key) : undefined) ?? callOf(payload);
    if (call.tries.length === 0) this.#underWay.get(task)?.calls.push(call);
    call.outcome = 'failure';
    call.error = error;
    this.#calls.delete(key);
  }

  #settled({ payload }: Event<'usage.recorded' | 'usage.assumed'>): void {
    const last: Try | undefined = this.#calls.get(payload.key)?.tries.at(-1);
    if (!last) return;
    last.cost += BigInt(payload.cost);
    last.error = payload.error;
  }

  #answered({ payload }: Event<'effect.completed'>): void {
    const call = this.#calls.get(payload.key);
    if (!call) return;
    call.outcome = payload.outcome;
    call.error = payload.error;
    call.isReused = payload.reused_from !== undefined;
    this.#calls.delete(payload.key);
  }

  #completed({ seq, at, payload }: Event<'node.completed'>): EndedVisit {
    const { task, node, outcome, error, label } = payload;
    const visit = this.#underWay.get(task) ?? { task, node, startedAt: undefined, calls: [] };
    this.#underWay.delete(task);
    return { ...visit, seq, at, outcome, error, label, reason: undefined };
  }

  /** A task that ends while it is at a node takes the visit with it. */
  #ended({ seq, at, payload }: Event<'task.cancelled' | 'task.completed'>, outcome: EndedVisit['outcome']): EndedVisit | undefined {
    const visit = this.#underWay.get(payload.task);
    if (!visit) return undefined;
    this.#underWay.delete(payload.task);
    return { ...visit, seq, at, outcome, error: undefined, label: undefined, reason: payload.reason };
  }
}

function callOf(payload: Event<'effect.started' | 'effect.refused'>['payload']): Call {
  const { kind, target } = payload;
  const asked = 'input_hash' in payload ? payload : undefined;
  return {
    kind,
    target,
    input: asked?.input,
    outcome: undefined,
    error: undefined,
    isReused: false,
    tries: [],
    correction: asked?.correction,
    route: asked?.route,
  };
}
