import type { EffectKind, EffectResult, GraphNode, Json, MemoryEntry, NodeResult, Provenance, Remembered, Risk } from '@espalier/core';
import type { Permit } from '../gate/permit.ts';
import type { SchemaCheck } from '../schema/compile-schema.ts';
import type { StoredFile } from './tool.ts';

/** What a program asks the driver to do to the world. */
export interface EffectRequest {
  kind: EffectKind;
  target: string;
  /** What the effect depends on; its hash is recorded, and the input itself where `keepInput` says so. */
  input: Json;
  keepInput?: boolean;
  /** Whether it may be performed again if the process ended before its outcome was known (S10). */
  idempotent: boolean;
  /** How much harm it may do; default: as much as a call can (S3). */
  risk?: Risk;
  checkInput?: SchemaCheck | undefined;
  /** Where the pieces of a prompt came from. */
  context?: Provenance[];
  /** @param key the effect's name, the same for every try (S9) */
  perform(permit: Permit, signal: AbortSignal, key: string): Promise<PerformedEffect>;
}

/** An effect's result, and the files it wrote. */
export type PerformedEffect = EffectResult & { files?: readonly StoredFile[] };

/** A wait that a program asks for. */
export interface WaitRequest {
  /** What says how long, apart from the clock; its hash is recorded. */
  input: Json;
  /** When the wait is over if it begins at `now`, in milliseconds since the epoch. Asked once: from then on the record says so. */
  dueAt(now: number): number;
}

/** What the driver offers to the program of one node. */
export interface NodeScope {
  readonly run: string;
  readonly task: string;
  readonly node: GraphNode;
  readonly input: Json;
  /** Whether the input is what arrived at a merge that fired, for a reducer to combine; not so at a rejoin. */
  readonly isMerging: boolean;
  /** Failures of the tasks that a merge waited for. */
  readonly failures: readonly Json[];
  readonly memory: readonly MemoryEntry[];
  /** What the run was given of the project and global stores (S28). */
  readonly recalled: readonly Remembered[];
  /** What a fork writes into those stores stays with it until it is adopted (S3). */
  readonly isFork: boolean;
  readonly signal: AbortSignal;
  /**
   * Performs an effect, or returns its recorded result if the journal has one (S9, S10). Effects are numbered in call order: a program
   * must call them in an order that depends on its input and on earlier results alone.
   */
  effect(request: EffectRequest): Promise<EffectResult>;
  /**
   * Waits, as an effect of kind `timer` in the same numbering. It needs no permit, takes no place of `concurrency`, and is armed again for
   * the recorded time after a restart (S9).
   */
  wait(request: WaitRequest): Promise<void>;
}

/** The work of a node that has effects or takes time. Throws EspalierError for a failed node. */
export type NodeProgram = (scope: NodeScope) => Promise<NodeResult>;
