import { randomUUID } from 'node:crypto';
import { EspalierError, type JsonObject } from '@espalier/core';
import type { PgBoss } from 'pg-boss';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import { bossDatabase, statementsOn } from './boss-database.ts';
import { failedJobs } from './failed-jobs.ts';
import type { FailedJob, JobHandler, JobOptions, SendOptions } from './job.ts';
import { checkJobData } from './job-data.ts';
import { type JobWork, prepareQueue, workOn } from './queue.ts';

/** Work in the background that survives the process: kept in the database, done by any process that defines it, at least once. */
export interface Jobs {
  /** To be called before `start`. A process that only sends defines the jobs as well. */
  define(name: string, handler: JobHandler, options?: JobOptions): void;
  /** Makes the queues if need be (schema `pgboss`) and begins to work. Several processes may start at once. */
  start(): Promise<void>;
  /**
   * @param data ids and the like, never content or secrets: at most 8 KB.
   * @returns the id, or undefined if a job with the singleton's key waits already.
   */
  send(name: string, data: JsonObject, options?: SendOptions): Promise<string | undefined>;
  /** Jobs that failed for good, the latest first. They are kept for two weeks. */
  failed(limit?: number): Promise<FailedJob[]>;
  /**
   * Takes nothing more and waits for handlers. Those that are not done after `withinMs` (at least a second) are told so by their
   * signals, and their jobs are tried again.
   */
  stop(options?: { withinMs?: number }): Promise<void>;
}

export interface CreateJobsOptions {
  /** Told of what handlers throw, with the job's name, and of faults of the queue itself; for the log of the process. */
  onError?: JobWork['onError'];
  /** How long a due job that nobody was told of waits at most: retries, delayed ones, after a lost signal. At least 500. */
  pollMs?: number;
  /** How often it is looked which occurrences are due. Whole seconds up to 45. */
  cronMs?: number;
}

interface Started {
  boss: PgBoss;
  wakes: ReadonlyMap<string, () => void>;
}

/** @param database stays open until after `stop`. */
export function createJobs(database: Database, { onError = () => {}, pollMs = 2000, cronMs = 30_000 }: CreateJobsOptions = {}): Jobs {
  const defined = new Map<string, JobWork>();
  let started: Started | undefined;
  return {
    define(name, handler, options = {}) {
      if (started || defined.has(name)) throw new EspalierError('internal.defect', `Job ${name} is to be defined once, before start.`);
      defined.set(name, { name, handler, options, pollMs, onError });
    },
    async start() {
      if (started) throw new EspalierError('internal.defect', 'Jobs are to be started once.');
      started = await asFault(() => startBoss(database, [...defined.values()], { onError, cronMs }));
    },
    async send(name, data, { within, startAfterMs = 0, singleton = randomUUID() } = {}) {
      const wake = started?.wakes.get(name);
      if (!started || !wake)
        throw new EspalierError('internal.defect', `Job ${name} is to be defined, and jobs started, before it is sent.`);
      checkJobData(name, data);
      const options = { singletonKey: singleton, startAfter: startAfterMs / 1000, ...(within && { db: statementsOn(within) }) };
      const { boss } = started;
      const id = await asFault(() => boss.send(name, data, options));
      wake(); // within a transaction of PGlite: the look waits for its end
      return id ?? undefined;
    },
    failed: (limit = 100) => failedJobs(database, limit),
    async stop({ withinMs = 30_000 } = {}) {
      const boss = started?.boss;
      started = undefined;
      await asFault(async () => boss?.stop({ close: false, graceful: true, timeout: withinMs }));
    },
  };
}

type BossOptions = Required<Pick<CreateJobsOptions, 'onError' | 'cronMs'>>;

async function startBoss(database: Database, all: readonly JobWork[], { onError, cronMs }: BossOptions): Promise<Started> {
  const { PgBoss } = await import('pg-boss'); // takes longer to load than everything else here, and not every process has jobs
  const cronSeconds = Math.max(1, Math.round(cronMs / 1000));
  const boss = new PgBoss({
    db: bossDatabase(database),
    backend: database.engine,
    useListenNotify: database.listen !== undefined,
    schedule: all.some(({ options }) => options.cron !== undefined),
    cronMonitorIntervalSeconds: cronSeconds,
    cronWorkerIntervalSeconds: cronSeconds,
    ...withoutWhatWeDoNotUse,
  });
  boss.on('error', (thrown) => onError(thrown));
  try {
    await boss.start();
    const wakes = new Map<string, () => void>();
    for (const work of all) {
      await prepareQueue(boss, work);
      wakes.set(work.name, await workOn(boss, work));
    }
    return { boss, wakes };
  } catch (thrown) {
    await boss.stop({ close: false, graceful: false }).catch(() => {});
    throw thrown;
  }
}

/** Each of these asks the database from time to time. Jobs of ours do not wait for each other: an hour is the longest interval there is. */
const withoutWhatWeDoNotUse = { registerInstance: false, monitorVacuum: false, flowIntervalSeconds: 60 * 60 } as const;

async function asFault<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}
