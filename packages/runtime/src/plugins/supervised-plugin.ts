import { faultOf } from '@espalier/core';
import { withoutPaths } from '../modules/load-export.ts';
import { EventQueue, type QueuedEvent } from './event-queue.ts';
import { MissedEvents } from './missed-events.ts';
import type { PluginLimits } from './plugin-limits.ts';
import type { PluginReport } from './plugin-report.ts';
import { PluginThread, type ThreadEnd } from './plugin-thread.ts';
import { locatePlugin, type PreparedPlugin } from './prepare-plugins.ts';
import type { ThreadPlaces } from './thread-places.ts';

interface Supervision {
  limits: PluginLimits;
  places: ThreadPlaces;
  report(report: PluginReport): void;
}

/**
 * `idle`: no thread. `starting`: on its way. `ready`: the thread has nothing to do. `busy`: it is at a batch. `closing`: it was asked to
 * end. `resting`: it failed, and is started again. `off`: for good.
 */
type Phase = 'idle' | 'starting' | 'ready' | 'busy' | 'closing' | 'resting' | 'off';

/** One plugin of this process: its queue, its thread, and what becomes of both when it fails. Nothing here throws or waits for the plugin. */
export class SupervisedPlugin {
  readonly #plugin: PreparedPlugin;
  readonly #supervision: Supervision;
  readonly #queue: EventQueue;
  readonly #missed: MissedEvents;
  #phase: Phase = 'idle';
  #thread: PluginThread | undefined;
  /** What the thread was given last and has not reported. */
  #batch: readonly QueuedEvent[] = [];
  #isSendDue = false;
  #failedEvents = 0;
  /** When its thread failed, within the time that counts. */
  #failures: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #root = '';
  /** Set when the process lets go of it. */
  #leaving: PromiseWithResolvers<void> | undefined;

  constructor(plugin: PreparedPlugin, supervision: Supervision) {
    const { limits } = supervision;
    this.#plugin = plugin;
    this.#supervision = supervision;
    this.#queue = new EventQueue({ events: limits.queueEvents, text: limits.queueText });
    this.#missed = new MissedEvents(limits.missingReportMs, (kind, message) => this.#report(kind, message));
  }

  get isOff(): boolean {
    return this.#phase === 'off';
  }

  /** Takes an event, or lets it pass by. `text` is asked for only if there is room. */
  offer(run: string, text: () => string): void {
    if (this.#phase === 'off' || this.#leaving) return;
    if (!this.#queue.hasRoom || !this.#queue.add({ run, text: text() })) this.#missed.pass(this.#queue.length);
    if (this.#phase === 'ready') this.#sendSoon();
    else if (this.#phase === 'idle') void this.#start();
  }

  /** Hands over what waits, lets the plugin close, and ends its thread; after `drainMs` at the latest. */
  async close(): Promise<void> {
    if (this.#leaving) return this.#leaving.promise;
    this.#leaving = Promise.withResolvers();
    const deadline = setTimeout(() => this.#abandon(), this.#supervision.limits.drainMs);
    if (this.#phase === 'ready') this.#send();
    else if (this.#phase === 'resting' || (this.#phase === 'idle' && this.#queue.length === 0)) this.#abandon();
    else if (this.#phase === 'off') this.#left();
    await this.#leaving.promise;
    clearTimeout(deadline);
  }

  async #start(): Promise<void> {
    this.#phase = 'starting';
    const { limits, places } = this.#supervision;
    await places.take();
    try {
      const { url, exportName, directory } = await locatePlugin(this.#plugin);
      if (this.isOff) return places.leave();
      this.#root = directory;
      const { id, workflow, config } = this.#plugin;
      this.#thread = new PluginThread({ url, exportName, context: { plugin: id, workflow: workflow.id, config } }, limits, {
        loaded: () => this.#ready(),
        done: (failed, reason) => this.#done(failed, reason),
        output: (text) => this.#report('output', text.trimEnd()),
        ended: (end) => this.#ended(end),
      });
    } catch (thrown) {
      places.leave();
      this.#switchOff(faultOf(thrown).message);
    }
  }

  #ready(): void {
    this.#phase = 'ready';
    this.#send();
  }

  /** What comes within one turn of the event loop is sent at once. */
  #sendSoon(): void {
    if (this.#isSendDue) return;
    this.#isSendDue = true;
    setImmediate(() => {
      this.#isSendDue = false;
      if (this.#phase === 'ready') this.#send();
    });
  }

  #send(): void {
    clearTimeout(this.#timer);
    const { batchEvents, batchText, idleMs } = this.#supervision.limits;
    this.#batch = this.#queue.take({ events: batchEvents, text: batchText });
    if (this.#batch.length > 0) {
      this.#phase = 'busy';
      const texts = this.#batch.map(({ text }) => text);
      this.#thread?.send(
        this.#batch.map(({ run }) => run),
        texts,
      );
      return;
    }
    this.#missed.caughtUp();
    if (this.#leaving) this.#closeThread();
    else this.#timer = setTimeout(() => this.#closeThread(), idleMs).unref();
  }

  #closeThread(): void {
    this.#phase = 'closing';
    this.#thread?.close();
  }

  #done(failed: number, reason: string | undefined): void {
    this.#batch = [];
    if (failed > 0) this.#countFailed(failed, reason);
    this.#ready();
  }

  /** The first failure is reported, then the tenth, the hundredth and so on. */
  #countFailed(failed: number, reason: string | undefined): void {
    const before = this.#failedEvents;
    this.#failedEvents += failed;
    if (digits(before) === digits(this.#failedEvents) && before > 0) return;
    const events = this.#failedEvents === 1 ? 'an event' : `${this.#failedEvents} events so far`;
    this.#report('failed', `failed on ${events}: ${withoutPaths(reason ?? '', this.#root)}`);
  }

  /** What the plugin has not seen waits for its next thread; the event that it was at does not: it may be the cause. */
  #ended({ how, reason, begun }: ThreadEnd): void {
    clearTimeout(this.#timer);
    this.#supervision.places.leave();
    this.#thread = undefined;
    this.#queue.putBack(this.#batch.slice(begun));
    if (this.#batch.length > 0 && begun > 0) this.#missed.count(1);
    this.#batch = [];
    const why = withoutPaths(reason ?? '', this.#root);
    if (how === 'closed') this.#closed(why);
    else if (how === 'refused') this.#switchOff(`${this.#plugin.module} ${why}`);
    else if (this.#leaving) this.#abandon(why);
    else this.#restart(why);
  }

  #closed(why: string): void {
    if (why !== '') this.#report('failed', `failed to close: ${why}`);
    this.#phase = 'idle';
    if (this.#queue.length > 0) void this.#start();
    else this.#left();
  }

  #restart(why: string): void {
    const { restMs, amnestyMs } = this.#supervision.limits;
    const now = performance.now();
    this.#failures = [...this.#failures.filter((at) => now - at < amnestyMs), now];
    const rest = restMs[this.#failures.length - 1];
    if (rest === undefined) {
      this.#switchOff(why);
      return;
    }
    this.#phase = 'resting';
    this.#report('restarting', `was stopped: ${why}. It is started again in ${rest} ms`);
    this.#timer = setTimeout(() => void this.#start(), rest).unref();
  }

  #switchOff(why: string): void {
    this.#phase = 'off';
    this.#missed.count(this.#queue.length);
    this.#queue.clear();
    this.#report('off', `is switched off: ${why}`);
    this.#left();
  }

  /** There is no time left, or no thread. */
  #abandon(why?: string): void {
    clearTimeout(this.#timer);
    this.#missed.count(this.#queue.length + this.#batch.length);
    this.#queue.clear();
    this.#batch = [];
    this.#phase = 'off';
    if (why) this.#report('failed', `was stopped: ${why}`);
    void this.#thread?.stop({ how: 'closed', reason: undefined });
    this.#left();
  }

  #left(): void {
    if (!this.#leaving) return;
    this.#phase = 'off';
    this.#missed.end();
    this.#leaving.resolve();
  }

  #report(kind: PluginReport['kind'], text: string): void {
    const { id, workflow } = this.#plugin;
    const message = kind === 'output' ? text : `${text}.`.replace(/\.\.$/, '.');
    this.#supervision.report({ plugin: id, workflow: workflow.id, kind, message, missed: this.#missed.total });
  }
}

function digits(count: number): number {
  return String(count).length;
}
