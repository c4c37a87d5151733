import type { Store } from '../open-store.ts';
import type { QueueLimits } from '../queue/run-queue.ts';
import { startedEvent } from './sample-runs.ts';

/** Enters a run; what is not said of its queue is as in an empty scheduler.yaml. */
export type Entering = (run: string, more?: Partial<QueueLimits> & { workflow?: string }) => Promise<void>;

/** Enters runs of a tenant through `store`. */
export function entering(store: Store, tenant: string): Entering {
  return (run, { workflow = 'letters', ...limits } = {}) => {
    const started = startedEvent();
    const ofWorkflow = started.type === 'run.started' ? { ...started, payload: { ...started.payload, workflow } } : started;
    return store.system().queue.enter({
      tenant,
      run,
      workflow,
      limits: { maxConcurrency: 1, maxSize: null, rate: null, ...limits },
      events: [ofWorkflow, { type: 'run.queued', payload: {}, at: started.at }],
    });
  };
}
