import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Commit } from '../log/commit.ts';

/** Streams that have new events, as `tenant/stream`; undefined: any may have. */
export type ChangedStreams = ReadonlySet<string> | undefined;

/**
 * Tells readers and workers of this process and others that there is something to look at. A signal may get lost and may come for
 * nothing: the tables are the truth, and whoever waits also looks from time to time.
 */
export interface Signals {
  /** After commits, here or elsewhere. */
  onLog(listener: (streams: ChangedStreams) => void): () => void;
  /** When runs may have become due, or were asked for something: `tenant/run:id`. */
  onDue(listener: (streams: ChangedStreams) => void): () => void;
  /** To be called after commits of this process. */
  committed(commits: readonly Commit[]): void;
  /** To be called when a run was made due: listeners here hear of it at once. */
  due(tenant: string, run: string): void;
  close(): Promise<void>;
}

/** One NOTIFY takes a commit of its own: they are sent together, at most every so often (a NOTIFY per commit halves the throughput). */
const gatherMs = 20;
/** NOTIFY carries less than 8,000 bytes. */
const maxPayload = 7000;

const channels = { log: 'espalier_log', due: 'espalier_due' } as const;
type Topic = keyof typeof channels;

/** The key of a stream in signals. */
function streamKey(tenant: string, stream: string): string {
  return `${tenant}/${stream}`;
}

/** @param sender tells own notifications from those of others. */
export async function createSignals(database: Database, sender: string): Promise<Signals> {
  const topics = { log: new TopicSignals(database, 'log', sender), due: new TopicSignals(database, 'due', sender) };
  await Promise.all(Object.values(topics).map((topic) => topic.listen()));
  return {
    onLog: (listener) => topics.log.on(listener),
    onDue: (listener) => topics.due.on(listener),
    committed(commits) {
      for (const { tenant, streams, run } of commits) {
        for (const { stream } of streams) topics.log.send(streamKey(tenant, stream));
        if (run?.wake) topics.due.send(streamKey(tenant, `run:${run.run}`));
      }
    },
    due: (tenant, run) => topics.due.send(streamKey(tenant, `run:${run}`)),
    async close() {
      await Promise.all(Object.values(topics).map((topic) => topic.close()));
    },
  };
}

class TopicSignals {
  readonly #database: Database;
  readonly #topic: Topic;
  readonly #sender: string;
  readonly #listeners = new Set<(streams: ChangedStreams) => void>();
  #here = new Set<string>();
  #elsewhere = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<unknown> = Promise.resolve();
  #unlisten: (() => Promise<void>) | undefined;

  constructor(database: Database, topic: Topic, sender: string) {
    this.#database = database;
    this.#topic = topic;
    this.#sender = sender;
  }

  on(listener: (streams: ChangedStreams) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async listen(): Promise<void> {
    this.#unlisten = await this.#database.listen?.(channels[this.#topic], (payload) => this.#heard(payload));
  }

  send(stream: string): void {
    if (this.#here.size === 0) setImmediate(() => this.#tellHere());
    this.#here.add(stream);
    if (!this.#database.listen) return;
    this.#elsewhere.add(stream);
    this.#timer ??= setTimeout(() => this.#notify(), gatherMs).unref();
  }

  async close(): Promise<void> {
    if (this.#timer) this.#notify();
    await this.#sending;
    await this.#unlisten?.();
  }

  #tellHere(): void {
    const streams = this.#here;
    this.#here = new Set();
    this.#tell(streams);
  }

  #notify(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = JSON.stringify({ from: this.#sender, streams: [...this.#elsewhere] });
    const payload = Buffer.byteLength(text) <= maxPayload ? text : JSON.stringify({ from: this.#sender });
    this.#elsewhere.clear();
    // A signal that cannot be sent is a signal lost: others look by themselves.
    this.#sending = notify(this.#database, channels[this.#topic], payload).catch(() => {});
  }

  #heard(payload: string | undefined): void {
    const { from, streams } = payload === undefined ? { from: '' } : parsed(payload);
    if (from !== this.#sender) this.#tell(streams && new Set(streams));
  }

  #tell(streams: ChangedStreams): void {
    for (const listener of this.#listeners) listener(streams);
  }
}

/** Its commit does not wait for the disk: a signal that a crash swallows is one more that got lost. */
async function notify({ kysely }: Database, channel: string, payload: string): Promise<void> {
  await sql`select set_config('synchronous_commit', 'off', true), pg_notify(${channel}, ${payload})`.execute(kysely);
}

/** Anyone who may connect may notify: what is not ours says no more than that something happened. */
function parsed(payload: string): { from: string; streams?: string[] } {
  try {
    const { from, streams } = JSON.parse(payload);
    return { from: String(from), ...(Array.isArray(streams) ? { streams: streams.map(String) } : {}) };
  } catch {
    return { from: '' };
  }
}
