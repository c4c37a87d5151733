import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { PluginLimits } from './plugin-limits.ts';
import type { FromPlugin, PluginThreadData, ToPlugin } from './plugin-protocol.ts';

/** What the supervisor of a thread is told. After `ended` nothing more comes. */
interface ThreadListener {
  loaded(): void;
  /** The batch is handled; `failed` of its events made the plugin throw, at last with `reason`. */
  done(failed: number, reason: string | undefined): void;
  output(text: string): void;
  /** The thread is gone. `begun`: events of the batch under way that the plugin has seen. */
  ended(end: ThreadEnd): void;
}

export interface ThreadEnd {
  /** `closed`: it was asked to. `refused`: the module cannot be used, now or later. `failed`: anything else. */
  how: 'closed' | 'refused' | 'failed';
  /** What went wrong, also in the `close` of a plugin. */
  reason: string | undefined;
  begun: number;
}

type ThreadStart = Pick<PluginThreadData, 'url' | 'exportName' | 'context'>;

/** The thread of one plugin, which is ended when it does not answer or grows too large. It does not keep the process alive. */
export class PluginThread {
  readonly #limits: PluginLimits;
  readonly #listener: ThreadListener;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #signs = new Int32Array(new SharedArrayBuffer(4));
  readonly #watch: NodeJS.Timeout;
  /** What it is at: waited for no longer than `limitMs` from its last sign of life on. */
  #work: { what: string; limitMs: number } | undefined;
  #lastSign: { count: number; at: number };
  #batch = { size: 0, signsBefore: 0 };
  #isMeasuring = false;
  #end: Omit<ThreadEnd, 'begun'> | undefined;

  constructor(start: ThreadStart, limits: PluginLimits, listener: ThreadListener) {
    this.#limits = limits;
    this.#listener = listener;
    const { port1, port2 } = new MessageChannel();
    const data: PluginThreadData = { ...start, port: port2, signs: this.#signs, outputPerMinute: limits.outputPerMinute };
    this.#worker = new Worker(new URL('./plugin-worker.ts', import.meta.url), {
      workerData: data,
      transferList: [port2],
      // Nothing of the host's: no arguments, no environment, no streams.
      argv: [],
      env: {},
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: 16 },
    });
    this.#worker.on('error', (error: unknown) => this.#give({ how: 'failed', reason: uncaught(error) }));
    this.#worker.on('exit', () => this.#gone());
    this.#port = port1;
    this.#port.on('message', (message: FromPlugin) => this.#receive(message));
    this.#port.unref();
    this.#worker.unref();
    this.#lastSign = { count: 0, at: performance.now() };
    this.#work = { what: 'loading its module took longer than', limitMs: limits.loadMs };
    this.#watch = setInterval(() => void this.#look(), limits.watchMs).unref();
  }

  /** To be called when it has loaded, and when the batch before it is done. */
  send(runs: string[], texts: string[]): void {
    this.#batch = { size: texts.length, signsBefore: Atomics.load(this.#signs, 0) };
    this.#await('a call took longer than', this.#limits.callMs, { type: 'events', runs, texts });
  }

  /** Lets the plugin close; to be called like `send`. */
  close(): void {
    this.#await('its close took longer than', this.#limits.callMs, { type: 'close' });
  }

  /** Ends it without asking. Resolves when it is gone; code that is blocked in the operating system delays that. */
  async stop(end: Omit<ThreadEnd, 'begun'>): Promise<void> {
    this.#give(end);
    await this.#worker.terminate();
  }

  #await(what: string, limitMs: number, message: ToPlugin): void {
    this.#work = { what, limitMs };
    this.#lastSign = { count: Atomics.load(this.#signs, 0), at: performance.now() };
    this.#port.postMessage(message);
  }

  #receive(message: FromPlugin): void {
    if (message.type !== 'output') this.#work = undefined;
    if (message.type === 'output') this.#listener.output(message.text);
    else if (message.type === 'refused') void this.stop({ how: 'refused', reason: message.reason });
    else if (message.type === 'closed') void this.stop({ how: 'closed', reason: message.reason });
    else if (message.type === 'loaded') this.#listener.loaded();
    else {
      this.#batch.size = 0;
      this.#listener.done(message.failed, message.reason);
    }
  }

  /** An event loop that was late for another reason is not held against it: only what does not change between two looks counts. */
  #look(): void {
    const count = Atomics.load(this.#signs, 0);
    const now = performance.now();
    if (count !== this.#lastSign.count) this.#lastSign = { count, at: now };
    const work = this.#work;
    if (work && now - this.#lastSign.at > work.limitMs) void this.stop({ how: 'failed', reason: `${work.what} ${work.limitMs} ms` });
    else if (!this.#isMeasuring) void this.#measure();
  }

  /** The limits of V8 are about its heap alone: buffers lie outside of it. */
  async #measure(): Promise<void> {
    this.#isMeasuring = true; // a thread that is blocked in the operating system does not answer
    const heap = await this.#worker.getHeapStatistics().catch(() => undefined); // it is going
    this.#isMeasuring = false;
    const megabytes = ((heap?.external_memory ?? 0) + (heap?.malloced_memory ?? 0)) / 2 ** 20;
    if (megabytes <= this.#limits.externalMb) return;
    await this.stop({ how: 'failed', reason: `it used more than ${this.#limits.externalMb} MB outside of its heap` });
  }

  /** The first reason is the one that counts. */
  #give(end: Omit<ThreadEnd, 'begun'>): void {
    this.#end ??= end;
  }

  #gone(): void {
    clearInterval(this.#watch);
    this.#port.close();
    const { size, signsBefore } = this.#batch;
    const begun = Math.min(size, Atomics.load(this.#signs, 0) - signsBefore);
    this.#listener.ended({ ...(this.#end ?? { how: 'failed', reason: 'it ended its thread' }), begun });
  }
}

function uncaught(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
