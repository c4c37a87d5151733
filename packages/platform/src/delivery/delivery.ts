import type { JournalEvent, Outcome } from '@espalier/core';
import type { DriveOptions, PreparedWorkflow, RunHandle, StartOptions } from '@espalier/runtime';
import type { WorkflowStore } from '@espalier/runtime/ports';
import type { RunRequest } from '@espalier/store';

/** A run in a list. One whose journal cannot be read has an error instead of most of it. */
export type RunEntry = { run: string; error: { code: string; message: string } } | ListedRun;

export interface ListedRun {
  run: string;
  workflow: string;
  status: string;
  outcome: Outcome | undefined;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Of a run under way: the time of its last event, where that is known. */
  lastAt: number | undefined;
  /** The process that drives it now. */
  owner?: string | undefined;
  /** Why no process could drive it when it was last tried. */
  problem?: string | undefined;
}

/** The newest runs, newest last, and how many there are. */
export interface RunList {
  total: number;
  runs: RunEntry[];
}

/** How runs are begun, driven and kept. */
export interface Delivery {
  readonly workflows: WorkflowStore;
  begin(prepared: PreparedWorkflow, options: StartOptions): Promise<RunHandle>;
  /** Leaves a new run to workers. */
  submit(prepared: PreparedWorkflow, options: StartOptions): Promise<void>;
  /** Takes up a run in this process. @throws EspalierError `run.not_found`, `journal.locked` if another process drives it. */
  resume(prepared: PreparedWorkflow, run: string, options: DriveOptions): Promise<RunHandle>;
  /** @returns the events of a run; empty if there is no such run. */
  journal(run: string): Promise<JournalEvent[]>;
  runs(limit: number): Promise<RunList>;
  /** Ids that begin with `prefix`, oldest first. */
  runsLike(prefix: string, limit: number): Promise<string[]>;
  /** @returns false if the run is as asked for already. @throws EspalierError `run.not_found`, `run.ended`, `journal.locked`. */
  request(run: string, request: RunRequest): Promise<boolean>;
  close(): Promise<void>;
}
