import { EspalierError } from '@espalier/core';
import type { Artifacts, MemoryStore, WorkflowStore } from '@espalier/runtime/ports';
import type { Kysely } from 'kysely';
import { type ArchiveQuery, type ArchiveReport, archiveEnded } from '../archive/archive-ended.ts';
import { type ArchiveJobOptions, defineArchiveJob } from '../archive/archive-job.ts';
import { type ArchiveOutcome, type ArchiveParts, archiveRun } from '../archive/archive-run.ts';
import type { Clock } from '../database/clock.ts';
import type { Database } from '../database/database.ts';
import type { Tables } from '../database/tables.ts';
import { type CreateJobsOptions, createJobs, type Jobs } from '../jobs/create-jobs.ts';
import { StoreJournal } from '../journal/store-journal.ts';
import { CommitWriter } from '../log/commit-writer.ts';
import { beginning, decodeCursor, encodeCursor } from '../log/cursor.ts';
import { currentIncarnation } from '../log/incarnation.ts';
import type { LogEvent } from '../log/log-event.ts';
import { readLog } from '../log/read-log.ts';
import { StoreMemory } from '../memory/store-memory.ts';
import { createRunQueue, type RunQueue } from '../queue/run-queue.ts';
import { type EventHandler, type Following, type FollowOptions, follow } from '../readers/follow.ts';
import { type LogStatus, logStatus } from '../readers/log-status.ts';
import { createOwnership, type Ownership, type RunRef } from '../runs/ownership.ts';
import type { Signals } from '../signals/signals.ts';
import { StoreWorkflows } from '../workflows/store-workflows.ts';

/** What is common to all of a store's parts. */
export interface StoreParts {
  database: Database;
  signals: Signals;
  /** Unique to this process. */
  owner: string;
  leaseMs: number;
  clock: Clock;
  /** Where journals are that were archived. */
  artifacts?: Artifacts | undefined;
}

export interface LogPage {
  events: LogEvent[];
  /** What to go on from; opaque. */
  cursor: string;
}

/**
 * Everything, of every tenant: for what drives runs and reads the log, not for what answers to people (S15). Row-level security does not
 * hold here; tenants are told apart by what is passed.
 */
export interface SystemDoor {
  readonly clock: Clock;
  readonly ownership: Ownership;
  readonly queue: RunQueue;
  readonly kysely: Kysely<Tables>;
  journal(tenant: string): StoreJournal;
  workflows(tenant: string): WorkflowStore;
  memory(tenant: string): MemoryStore;
  /** @throws EspalierError `cursor.expired`, `input.invalid`. */
  readLog(options?: { cursor?: string | undefined; limit?: number; types?: readonly string[] }): Promise<LogPage>;
  follow(name: string, handler: EventHandler, options?: FollowOptions): Following;
  status(): Promise<LogStatus>;
  /** Work in the background; one of these per process. */
  jobs(options?: CreateJobsOptions): Jobs;
  /** Defines the job `archive` (S7). Archived journals are kept in the store's artifacts. */
  archiveNightly(jobs: Jobs, options: ArchiveJobOptions): void;
  /** Archives one run now, if it has ended and no reader still needs it. @throws EspalierError `run.not_found`, `storage.failed`, … */
  archiveRun(ref: RunRef): Promise<ArchiveOutcome>;
  /** Archives ended runs now. @throws EspalierError `internal.defect` for a store without artifacts. */
  archiveEnded(query: ArchiveQuery): Promise<ArchiveReport>;
}

export function systemDoor(parts: StoreParts): SystemDoor {
  const { database, signals, owner, leaseMs, artifacts, clock } = parts;
  const { kysely } = database;
  const ownership = createOwnership(database, { owner, leaseMs });
  const writer = new CommitWriter(database, (commits) => signals.committed(commits));
  const journals = new Map<string, StoreJournal>();
  const workflows = new Map<string, StoreWorkflows>();
  const journal = (tenant: string) => kept(journals, tenant, () => new StoreJournal({ database, writer, ownership, tenant, artifacts }));
  return {
    clock,
    ownership,
    queue: createRunQueue({ database, writer, signals, owner, leaseMs, journal }),
    kysely,
    journal,
    workflows: (tenant) => kept(workflows, tenant, () => new StoreWorkflows(database, tenant)),
    memory: (tenant) => new StoreMemory({ database, clock, tenant }),
    async readLog({ cursor, limit = 1000, types } = {}) {
      const incarnation = await currentIncarnation(database); // another process may have found that the log was moved
      const after = cursor === undefined ? beginning : decodeCursor(incarnation, cursor);
      const { entries, end } = await readLog(kysely, { after, limit, types });
      return { events: entries.map(({ event }) => event), cursor: encodeCursor(incarnation, end) };
    },
    follow: (name, handler, options) => follow({ kysely, signals, owner }, name, handler, options),
    status: () => logStatus(database),
    jobs: (options) => createJobs(database, options),
    archiveNightly: (jobs, options) => defineArchiveJob(jobs, archiveParts(parts), options),
    archiveRun: (ref) => archiveRun(archiveParts(parts), ref),
    archiveEnded: (query) => archiveEnded(archiveParts(parts), query),
  };
}

function archiveParts({ database, artifacts }: StoreParts): ArchiveParts {
  if (artifacts) return { database, artifacts };
  throw new EspalierError('internal.defect', 'A store that archives runs is to be opened with artifacts.');
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
