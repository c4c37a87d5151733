import type { JournalEvent } from '@espalier/core';
import { type PluginLimits, pluginLimits } from './plugin-limits.ts';
import type { PluginReport } from './plugin-report.ts';
import type { PreparedPlugin } from './prepare-plugins.ts';
import { SupervisedPlugin } from './supervised-plugin.ts';
import { ThreadPlaces } from './thread-places.ts';

/** Whose run it is. */
interface Observed {
  tenant: string;
  run: string;
}

interface HostOptions {
  /** Told what becomes of plugins. */
  report(report: PluginReport): void;
  limits?: Partial<PluginLimits> | undefined;
}

/**
 * The plugins of one process (ENG-P): each has a thread and a bounded queue of its own, started by its first event, and sees the events of
 * all runs of its tenant's workflow here. Whatever it does, its runs go on as they would without it.
 */
export class PluginHost {
  readonly #options: HostOptions;
  readonly #limits: PluginLimits;
  readonly #places: ThreadPlaces;
  readonly #plugins = new Map<string, SupervisedPlugin>();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#limits = { ...pluginLimits, ...options.limits };
    this.#places = new ThreadPlaces(this.#limits.threads);
  }

  /** What the events of a run are to be told to; undefined where nobody listens, so that nothing is spent on it. */
  observer(plugins: readonly PreparedPlugin[], { tenant, run }: Observed): ((event: JournalEvent) => void) | undefined {
    const listening = plugins.map((plugin) => this.#find(tenant, plugin)).filter((plugin) => !plugin.isOff);
    if (listening.length === 0) return undefined;
    return (event) => {
      let text: string | undefined;
      const written = () => {
        text ??= JSON.stringify(event);
        return text;
      };
      for (const plugin of listening) plugin.offer(run, written);
    };
  }

  /** Lets the plugins handle what waits for them, for a limited time, and ends them. */
  async close(): Promise<void> {
    await Promise.all([...this.#plugins.values()].map((plugin) => plugin.close()));
  }

  #find(tenant: string, plugin: PreparedPlugin): SupervisedPlugin {
    const key = JSON.stringify([tenant, plugin.workflow.hash, plugin.directory, plugin.id]);
    const known = this.#plugins.get(key);
    if (known) return known;
    const supervision = { limits: this.#limits, places: this.#places, report: (report: PluginReport) => this.#report(report) };
    const found = new SupervisedPlugin(plugin, supervision);
    this.#plugins.set(key, found);
    return found;
  }

  /** Who is told is not the plugin's concern, nor the run's. */
  #report(report: PluginReport): void {
    try {
      this.#options.report(report);
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
    }
  }
}
