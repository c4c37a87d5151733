import { durationMs, type SchedulerManifest } from '@espalier/core';
import { type DriverPorts, firstEvent, type PreparedWorkflow, type StartOptions } from '@espalier/runtime';
import type { QueueLimits, SystemDoor } from '@espalier/store';

export interface EntranceParts {
  store: SystemDoor;
  tenant: string;
  ports: Omit<DriverPorts, 'journal'>;
}

/** Whether runs of a workflow queue. A fork goes on with what was begun, and does not. */
export function queues({ workflow }: PreparedWorkflow, { fork }: Pick<StartOptions, 'fork'>): boolean {
  return workflow.scheduler.enabled && fork === undefined;
}

/** Accepts a run and leaves it in the queue of its workflow. @throws EspalierError `queue.full`, `input.invalid`. */
export async function enterQueue(
  { store, tenant, ports }: EntranceParts,
  prepared: PreparedWorkflow,
  options: StartOptions,
): Promise<void> {
  const first = firstEvent({ ...ports, journal: store.journal(tenant) }, prepared, options);
  const at = ports.now();
  const { id: workflow, scheduler } = prepared.workflow;
  const events = [{ ...first, at }, { type: 'run.queued', payload: {}, at } as const];
  await store.queue.enter({ tenant, run: options.run, workflow, limits: limitsOf(scheduler), events });
}

function limitsOf({ max_concurrency: maxConcurrency, max_queue_size: maxSize, rate_limit: rate }: SchedulerManifest): QueueLimits {
  return { maxConcurrency, maxSize, rate: rate && { runs: rate.runs, perMs: durationMs(rate.per) } };
}
