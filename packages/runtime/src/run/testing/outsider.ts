/* For tests: a journal to which others append requests between the driver's commits, as people do through a server. */
import type { EngineEvent, TimedEvent } from '@espalier/core';
import { MemoryJournal } from '../../journal/memory-journal.ts';

type Request = EngineEvent & { type: 'run.paused' | 'run.resumed' | 'run.cancel_requested' };

/** Appends the requests that `plan` gives right before the driver's append of that number, counted from 0, reaches the journal. */
export class VisitedJournal extends MemoryJournal {
  appends = 0;
  readonly #plan: (append: number) => readonly Request[];

  constructor(plan: (append: number) => readonly Request[]) {
    super();
    this.#plan = plan;
  }

  override async append(run: string, expectedSeq: number, events: readonly TimedEvent[]): Promise<void> {
    const requests = this.#plan(this.appends);
    this.appends += 1;
    for (const request of requests) await this.request(run, request);
    await super.append(run, expectedSeq, events);
  }

  /** Appends a request where the journal ends; none to a run that has not begun or has ended (S13). */
  async request(run: string, request: Request): Promise<void> {
    const journal = await this.read(run);
    const last = journal.at(-1)?.type;
    if (last === undefined || last === 'run.completed' || last === 'run.cancelled') return;
    await super.append(run, journal.length, [{ ...request, at: Date.now() }]);
  }
}

export const requests = {
  pause: { type: 'run.paused', payload: {} },
  resume: { type: 'run.resumed', payload: {} },
  cancel: { type: 'run.cancel_requested', payload: { reason: 'asked from outside' } },
} as const satisfies Record<string, Request>;
