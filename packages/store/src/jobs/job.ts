import type { JsonObject } from '@espalier/core';
import type { Transaction } from 'kysely';
import type { Tables } from '../database/tables.ts';

/** One try of a job. */
export interface Job {
  id: string;
  data: JsonObject;
  /** From 1. */
  attempt: number;
  /** Aborts when the job may not go on: it has overrun its time, was given to another process, or this one stops. */
  signal: AbortSignal;
}

/**
 * Does the work of a job. The same job may come again, after a failure or when a process died: what a handler does must be idempotent.
 * Only errors of the platform are kept with their messages; of others, which may quote secrets, the name of their class.
 */
export type JobHandler = (job: Job) => Promise<void> | void;

export interface JobOptions {
  /** When the job is due, besides what is sent: five fields, in UTC. An occurrence is left out while the one before waits. */
  cron?: string;
  /** How often a job that failed is tried again. */
  retries?: number;
  /** The pause before the first retry, doubled with each. Whole seconds. */
  retryMs?: number;
  /** How long a try may take. Whole seconds. */
  timeoutMs?: number;
  /** Jobs of this name under way at once, in this process. */
  concurrency?: number;
}

export interface SendOptions {
  /** The job is there if this transaction commits. */
  within?: Transaction<Tables>;
  /** How long the job waits at least. */
  startAfterMs?: number;
  /** No job is added while another with this key waits. One that has begun does not count: it may have missed what this one is about. */
  singleton?: string;
}

/** A job that failed for good. */
export interface FailedJob {
  id: string;
  name: string;
  data: JsonObject;
  code: string;
  message: string;
  attempts: number;
  /** Milliseconds since the epoch. */
  failedAt: number;
}
