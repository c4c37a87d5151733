import type { JournalEvent, Outcome } from '@espalier/core';
import type { DriveOptions, PreparedWorkflow, RunHandle, StartOptions } from '@espalier/runtime';
import type { EvaluationStore, Ledger, WorkflowStore } from '@espalier/runtime/ports';
import type { Adoption, RunRequest } from '@espalier/store';

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
  readonly evaluations: EvaluationStore;
  /** What requests to providers have cost, and how budgets stand. */
  readonly ledger: Ledger;
  begin(prepared: PreparedWorkflow, options: StartOptions): Promise<RunHandle>;
  /** Leaves a new run to workers. */
  submit(prepared: PreparedWorkflow, options: StartOptions): Promise<void>;
  /** Leaves a new run in the queue of its workflow (ENG-Q). @throws EspalierError `queue.full`; `input.invalid` without a database. */
  enqueue(prepared: PreparedWorkflow, options: StartOptions): Promise<void>;
  /** As `submit`, for a run that is paused from the beginning. */
  submitPaused(prepared: PreparedWorkflow, options: StartOptions): Promise<void>;
  /** Takes up a run in this process. @throws EspalierError `run.not_found`, `journal.locked` if another process drives it. */
  resume(prepared: PreparedWorkflow, run: string, options: DriveOptions): Promise<RunHandle>;
  /** As `resume`, for a run that others may have been quicker to take: then it is followed there. @param options.after the last event that is known. */
  attend(prepared: PreparedWorkflow, run: string, options: DriveOptions & { after: number }): Promise<RunHandle>;
  /** @returns the events of a run; empty if there is no such run. */
  journal(run: string): Promise<JournalEvent[]>;
  runs(limit: number): Promise<RunList>;
  /** Ids that begin with `prefix`, oldest first. */
  runsLike(prefix: string, limit: number): Promise<string[]>;
  /** @returns false if the run is as asked for already. @throws EspalierError `run.not_found`, `run.ended`, `journal.locked`. */
  request(run: string, request: RunRequest): Promise<boolean>;
  /** Gives a fork up for good. @returns false if it was before. */
  discard(fork: { task: string; run: string }): Promise<boolean>;
  /** Makes a fork the current run of its task. @param end the event that ended it, if it has. @returns the run that was current. */
  adopt(fork: Pick<Adoption, 'task' | 'run' | 'end' | 'inheritedMemory'>): Promise<string>;
  close(): Promise<void>;
}
