import { randomUUID } from 'node:crypto';
import { EspalierError, faultOf } from '@espalier/core';
import type { Kysely } from 'kysely';
import type { Tables } from '../database/tables.ts';
import type { LogPlace } from '../log/cursor.ts';
import type { LogEvent } from '../log/log-event.ts';
import { type LogEntry, readLog } from '../log/read-log.ts';
import type { Signals } from '../signals/signals.ts';
import { holdReader, noteProblem, poisonEvent, type ReaderHold, type ReaderState, releaseReader, saveReader } from './reader-row.ts';

/** Takes one event. An event may come again after a crash: what it does must be idempotent. */
export type EventHandler = (event: LogEvent, signal: AbortSignal) => Promise<void> | void;

export interface FollowOptions {
  /** Events read at once; the cursor is saved after each such batch. */
  batch?: number;
  types?: readonly string[];
  /** How often an event is tried that the handler throws for. Errors that say that they are retryable are tried for ever. */
  attempts?: number;
  /** The first pause after a failure, doubled with each. */
  retryMs?: number;
  leaseMs?: number;
  /** How often the log is looked at without a signal. */
  pollMs?: number;
}

/** A reader of the log at work. */
export interface Following {
  /** Ends after the event under way, with the cursor saved. */
  stop(): Promise<void>;
}

const defaults = { batch: 200, attempts: 5, retryMs: 100, leaseMs: 15_000, pollMs: 1000 };
const longestPauseMs = 30_000;

interface FollowerParts {
  kysely: Kysely<Tables>;
  signals: Signals;
  owner: string;
}

/**
 * Hands the events of the log to `handler`, one after another and at least once, from the cursor saved under `name` on; for a new name
 * from the beginning. Of several processes that follow under one name one reads, and another goes on when it ends.
 */
export function follow(parts: FollowerParts, name: string, handler: EventHandler, options: FollowOptions = {}): Following {
  const controller = new AbortController();
  const follower = new Follower(parts, { name, handler, options: { ...defaults, ...options }, signal: controller.signal });
  const done = follower.run();
  return {
    async stop() {
      controller.abort();
      await done;
    },
  };
}

interface FollowerTask {
  name: string;
  handler: EventHandler;
  options: Required<Omit<FollowOptions, 'types'>> & Pick<FollowOptions, 'types'>;
  signal: AbortSignal;
}

interface Failure {
  /** The cursor as it is saved. */
  from: LogPlace;
  /** How far the reader came. */
  state: ReaderState;
  error: unknown;
}

class Follower {
  readonly #parts: FollowerParts;
  readonly #task: FollowerTask;
  readonly #hold: ReaderHold;
  /** In a row; what the pauses grow with. */
  #failures = 0;

  constructor(parts: FollowerParts, task: FollowerTask) {
    this.#parts = parts;
    this.#task = task;
    // Of two followers in one process, too, one reads.
    this.#hold = { name: task.name, owner: `${parts.owner}/${randomUUID().slice(0, 8)}`, leaseMs: task.options.leaseMs };
  }

  async run(): Promise<void> {
    const { signal, options } = this.#task;
    const renewal = setInterval(() => this.#take().catch(() => {}), options.leaseMs / 3); // a slow handler keeps the reader
    while (!signal.aborted) {
      const isBusy = await this.#takeRound().catch(() => false); // a database that is away comes back
      if (!isBusy) await this.#pause(options.pollMs, true);
    }
    clearInterval(renewal);
    await releaseReader(this.#parts.kysely, this.#hold).catch(() => {}); // the lease runs out
  }

  /** The cursor is read anew each time: what counts is what is saved. */
  async #takeRound(): Promise<boolean> {
    const state = await this.#take();
    if (!state) return false;
    try {
      return await this.#round(state);
    } catch (thrown) {
      await noteProblem(this.#parts.kysely, this.#hold, faultOf(thrown).message);
      throw thrown;
    }
  }

  #take(): Promise<ReaderState | undefined> {
    return holdReader(this.#parts.kysely, this.#hold);
  }

  /** Reads and hands out one batch, as far as it can be taken. @returns whether there may be more. */
  async #round(from: ReaderState): Promise<boolean> {
    const { batch, types } = this.#task.options;
    const { entries, end } = await readLog(this.#parts.kysely, { after: from.place, limit: batch, types });
    let state = from;
    for (const entry of entries) {
      if (this.#task.signal.aborted) break;
      const thrown = await this.#handOut(entry.event);
      if (thrown) return this.#failed(entry, { from: from.place, state, error: thrown.error });
      state = { place: entry.place, attempts: 0 };
    }
    if (!this.#task.signal.aborted) state = { place: end, attempts: 0 };
    if (state.place !== from.place) await saveReader(this.#parts.kysely, this.#hold, { from: from.place, ...state, problem: null });
    this.#failures = 0;
    return entries.length === batch;
  }

  async #handOut(event: LogEvent): Promise<{ error: unknown } | undefined> {
    try {
      await this.#task.handler(event, this.#task.signal);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Saves how far the reader came and how often it failed there; in the end it goes past the event. What may still succeed does not count. */
  async #failed({ event, place }: LogEntry, { from, state, error }: Failure): Promise<boolean> {
    const { options } = this.#task;
    const { kysely } = this.#parts;
    const isRetryable = error instanceof EspalierError && error.retryable;
    const attempts = state.attempts + (isRetryable ? 0 : 1);
    const problem = faultOf(error).message;
    if (!isRetryable && attempts >= options.attempts) {
      await poisonEvent(kysely, this.#hold, { event, from, place, attempts, problem });
      return true;
    }
    if (!(await saveReader(kysely, this.#hold, { from, place: state.place, attempts, problem }))) return false;
    this.#failures += 1;
    await this.#pause(Math.min(options.retryMs * 2 ** (this.#failures - 1), longestPauseMs), false);
    return true;
  }

  /** Until the time has passed, the reader is stopped or, if it waits for events, there are new ones. */
  async #pause(ms: number, forEvents: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const forget = forEvents ? this.#parts.signals.onLog(() => resolve()) : undefined;
    const { signal } = this.#task;
    const stop = () => resolve();
    signal.addEventListener('abort', stop);
    if (signal.aborted) resolve();
    await promise;
    signal.removeEventListener('abort', stop);
    clearTimeout(timer);
    forget?.();
  }
}
