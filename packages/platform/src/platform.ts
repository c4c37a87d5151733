import type { CompileResult, JournalEvent, Json, Verification, Workflow } from '@espalier/core';
import type { ArtifactEntry, Recomputation, RunHandle, RunResult } from '@espalier/runtime';

/** Where a platform keeps its things and what it lets tools touch. Absolute paths. */
export interface PlatformOptions {
  /** Journals, artifacts and workflows; created when first needed. */
  stateDirectory: string;
  /** What file tools are confined to. */
  workspace: string;
  /** `jsonl`: on disk, survives a crash. `memory`: gone when the process ends. */
  journal?: 'jsonl' | 'memory';
}

export interface RunOptions {
  input: Json;
  /** The id of a start node; default: the workflow's default start. */
  start?: string | undefined;
  /** Called with every event once it is in the journal. */
  observe?: ((event: JournalEvent) => void) | undefined;
}

/** A workflow that is loaded and ready to run. */
export interface OpenWorkflow {
  readonly workflow: Workflow;
  /** What has to be shown beside its agents' words, such as that a model is not a language model. */
  readonly notices: readonly string[];
  /** @throws EspalierError `input.invalid`. */
  run(options: RunOptions): Promise<RunHandle>;
  /** Takes up a run that this workflow began. @throws EspalierError `run.not_found`, `workflow.changed`, `journal.locked`. */
  resume(run: string, observe?: RunOptions['observe']): Promise<RunHandle>;
}

/** A run as its journal has it. */
export interface RunReport {
  run: string;
  workflow: Workflow;
  result: RunResult;
  /** Status at the end of `events`. */
  status: string;
  /** The state after the last of `events`, as JSON. */
  state: Json;
  events: readonly JournalEvent[];
  artifacts: readonly ArtifactEntry[];
}

export type RunVerification = Verification & { recomputation?: Recomputation };

/** Everything that a surface may ask of Espalier. Wired in `open-platform.ts`; no HTTP here. */
export interface Platform {
  /** Reads and checks the manifests of a directory; starts nothing. @throws EspalierError `input.invalid`. */
  compile(directory: string): Promise<CompileResult>;
  /** @throws EspalierError `manifest.invalid` with all problems in `details.problems`, `module.invalid`, `model.unknown`. */
  open(directory: string): Promise<OpenWorkflow>;
  /** @param at the sequence number to stop at; default: the end. @throws EspalierError `run.not_found`, `input.invalid`. */
  inspect(run: string, at?: number): Promise<RunReport>;
  /** @throws EspalierError `run.not_found`, `workflow.changed` if recomputing and the files have changed. */
  verify(run: string, options?: { recompute?: boolean }): Promise<RunVerification>;
  /** The ids of all runs, newest last. */
  runs(): Promise<string[]>;
  close(): Promise<void>;
}
