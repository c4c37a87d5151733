import type { EventType, JournalEvent } from '@espalier/core';
import type { Call, EndedVisit, Visit } from './visit.ts';

type Event<T extends EventType> = Extract<JournalEvent, { type: T }>;

/** Turns the events of a run, in order, into visits of tasks to nodes. */
export class ActivityLog {
  /** By task: a task is at one node at a time. */
  readonly #underWay = new Map<string, Visit>();
  /** By key and try. */
  readonly #calls = new Map<string, Call>();

  /** The visits that have begun and not ended, oldest first. */
  get underWay(): readonly Visit[] {
    return [...this.#underWay.values()];
  }

  /** @returns the visit that the event ended, if it ended one. */
  observe(event: JournalEvent): EndedVisit | undefined {
    switch (event.type) {
      case 'node.started':
        this.#underWay.set(event.payload.task, { ...event.payload, startedAt: event.at, calls: [] });
        return undefined;
      case 'effect.started':
      case 'effect.refused':
        this.#called(event);
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

  #called(event: Event<'effect.started' | 'effect.refused'>): void {
    const { kind, target, task } = event.payload;
    const call: Call =
      event.type === 'effect.refused'
        ? { kind, target, input: undefined, outcome: 'failure', error: event.payload.error, isReused: false }
        : { kind, target, input: event.payload.input, outcome: undefined, error: undefined, isReused: false };
    this.#underWay.get(task)?.calls.push(call);
    if (event.type === 'effect.started') this.#calls.set(callId(event.payload), call);
  }

  #answered({ payload }: Event<'effect.completed'>): void {
    const call = this.#calls.get(callId(payload));
    if (!call) return;
    call.outcome = payload.outcome;
    call.error = payload.error;
    call.isReused = payload.reused_from !== undefined;
    this.#calls.delete(callId(payload));
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

function callId({ key, try: attempt }: { key: string; try: number }): string {
  return `${attempt} ${key}`;
}
