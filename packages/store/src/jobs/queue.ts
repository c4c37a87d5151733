import { EspalierError, type JsonObject } from '@espalier/core';
import type { PgBoss } from 'pg-boss';
import type { JobHandler, JobOptions } from './job.ts';
import { performJob } from './perform-job.ts';

/** A job as a process does it. */
export interface JobWork {
  name: string;
  handler: JobHandler;
  options: JobOptions;
  pollMs: number;
  onError: (thrown: unknown, job?: string) => void;
}

const defaults = { retries: 5, retryMs: 1000, timeoutMs: 15 * 60_000, concurrency: 1 };
const longestRetryPause = 10 * 60;
/** How long completed and failed jobs are kept. */
const keptSeconds = 14 * 24 * 60 * 60;
/** A job whose process died is tried again once it was not heard of for this long, seen by the minutely supervision. */
const heartbeatSeconds = 30;

/** Makes the queue of a job, or brings it up to date, with its schedule. @throws EspalierError `input.invalid` for what is no schedule. */
export async function prepareQueue(boss: PgBoss, { name, options }: JobWork): Promise<void> {
  const { retries, retryMs, timeoutMs, cron } = { ...defaults, ...options };
  const settings = {
    retryLimit: retries,
    retryDelay: Math.ceil(retryMs / 1000),
    retryBackoff: true,
    retryDelayMax: longestRetryPause,
    expireInSeconds: Math.ceil(timeoutMs / 1000),
    deleteAfterSeconds: keptSeconds,
    heartbeatSeconds,
    notify: true,
  };
  await boss.createQueue(name, { ...settings, policy: 'short' }); // one waiting job for each key: those without get one of their own
  await boss.updateQueue(name, settings); // made by an earlier version, perhaps with others
  if (cron === undefined) await boss.unschedule(name);
  else await schedule(boss, name, cron);
}

async function schedule(boss: PgBoss, name: string, cron: string): Promise<void> {
  try {
    boss.previewSchedule(cron);
  } catch (thrown) {
    throw new EspalierError('input.invalid', `The cron expression of job ${name} is not one: ${JSON.stringify(cron)}.`, { cause: thrown });
  }
  await boss.schedule(name, cron, {}, { singletonKey: 'cron' });
}

/** Begins to work. @returns what wakes it. */
export async function workOn(boss: PgBoss, { name, handler, options, pollMs, onError }: JobWork): Promise<() => void> {
  const { concurrency } = { ...defaults, ...options };
  const pollingIntervalSeconds = pollMs / 1000;
  let worker: string | undefined;
  const wake = () => {
    if (worker !== undefined) boss.notifyWorker(worker);
  };
  const settings = {
    batchSize: 1,
    localConcurrency: concurrency,
    pollingIntervalSeconds,
    notifyPollingIntervalSeconds: pollingIntervalSeconds, // retries and delayed jobs are not notified
    perJobResults: true as const,
  };
  worker = await boss.work<JsonObject>(name, settings, async ([job]) => {
    if (!job) return [];
    const result = await performJob(handler, job, (thrown) => onError(thrown, name));
    wake(); // to look for the next one at once, not after the interval
    return [result];
  });
  return wake;
}
