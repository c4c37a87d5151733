import { isRequest, type JournalEvent } from '@espalier/core';
import type { DriveOptions, Driver, PluginHost, PreparedWorkflow } from '@espalier/runtime';
import type { Journal } from '@espalier/runtime/ports';

interface Observing {
  plugins: PluginHost;
  tenant: string;
  /** That of the driver. */
  journal: Pick<Journal, 'read'>;
}

type Observe = (event: JournalEvent) => void;

/** A driver whose runs tell their events to the plugins of their workflow; runs of workflows without plugins are not touched. */
export function observedDriver(driver: Driver, { plugins, tenant, journal }: Observing): Driver {
  const observerOf = (prepared: PreparedWorkflow, run: string) => plugins.observer(prepared.plugins ?? [], { tenant, run });
  return {
    ...driver,
    start: (prepared, options) => driver.start(prepared, observed(options, observerOf(prepared, options.run))),
    async resume(prepared, run, options = {}) {
      const tell = observerOf(prepared, run);
      if (tell) for (const event of undriven(await journal.read(run))) tell(event);
      return driver.resume(prepared, run, observed(options, tell));
    },
  };
}

/** Plugins first: what the other does with the event reaches nobody else. */
function observed<T extends DriveOptions>(options: T, tell: Observe | undefined): T {
  const { observe } = options;
  if (!tell) return options;
  if (!observe) return { ...options, observe: tell };
  return {
    ...options,
    observe(event: JournalEvent) {
      tell(event);
      observe(event);
    },
  };
}

/**
 * The last events of a journal, as far as they may have come while nobody drove the run: that it was submitted, and what was asked of it.
 * No observer of a driver has heard of them.
 */
function undriven(events: readonly JournalEvent[]): readonly JournalEvent[] {
  return events.slice(events.findLastIndex(({ type }) => !isRequest(type) && type !== 'run.started' && type !== 'run.queued') + 1);
}
