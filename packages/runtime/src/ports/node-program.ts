import type {
  EffectKind,
  EffectResult,
  Fault,
  GraphNode,
  Json,
  MemoryEntry,
  NodeResult,
  Provenance,
  Remembered,
  Risk,
  Route,
  TokenUsage,
} from '@espalier/core';
import type { Permit } from '../gate/permit.ts';
import type { SchemaCheck } from '../schema/compile-schema.ts';
import type { StoredFile } from './tool.ts';

/** What every effect says of itself. */
interface AskedEffect {
  kind: EffectKind;
  target: string;
  /** What the effect depends on; its hash is recorded, and the input itself where `keepInput` says so. */
  input: Json;
  keepInput?: boolean;
  /** How much harm it may do; default: as much as a call can (S3). */
  risk?: Risk;
  checkInput?: SchemaCheck | undefined;
  /** Where the pieces of a prompt came from. */
  context?: Provenance[];
  /** The agent that asks, if one does. */
  agent?: string;
}

/** A call that is performed once. */
export interface CallRequest extends AskedEffect {
  /** Whether it may be performed again if the process ended before its outcome was known (S10). */
  idempotent: boolean;
  /** @param key the effect's name, the same for every try (S9) */
  perform(permit: Permit, signal: AbortSignal, key: string): Promise<PerformedEffect>;
}

/** A model call: made in tries, each of which is admitted, reserved and recorded by itself until one succeeds (S9). */
export interface TriedRequest extends AskedEffect {
  kind: 'model';
  agent: string;
  /** What the node may spend on one visit, in US dollars. */
  nodeBudgetUsd?: number | undefined;
  /** Whether its text is shown as it comes, or once it is whole (S24). */
  stream: 'live' | 'after';
  /** What the agent is to put right with this call, recorded with it (COG-4, COG-5). */
  correction?: { of: 'answer' | 'tool'; faults: string[] };
  /** Begins the tries of one effect. */
  tries(key: string): Tries;
}

/** What a program asks the driver to do to the world. */
export type EffectRequest = CallRequest | TriedRequest;

/** Who is asked, one after the other. Holds what came of the tries before. */
export interface Tries {
  /** How the first to be asked was chosen, where that depends on what is asked (COG-2). */
  readonly route: Route | undefined;
  /** The next try, once it is time for it; a fault if nobody is left to ask. @throws what the signal is aborted with. */
  next(signal: AbortSignal): Promise<PlannedTry | { giveUp: Fault }>;
}

/** One request to one deployment, before the gate has judged it. */
export interface PlannedTry {
  deployment: string;
  provider: string;
  model: string;
  /** Which table of prices `bound` is from. */
  prices: string;
  /** The most that the request can cost while its provider honours the bound, in pico-dollars. */
  bound: bigint;
  /** Whether budgets have a say: not for what is free of charge. */
  isFree: boolean;
  /** @param onText called with each piece of text as it comes. */
  perform(permit: Permit, call: { signal: AbortSignal; onText: (text: string) => void }): Promise<TryResult>;
}

/** What a request has used: counted by the provider, nothing as it was turned down, or nobody knows. */
export type TryUsage = { tokens: TokenUsage; cost: bigint } | 'none' | 'unknown';

export type TryResult =
  | { outcome: 'success' | 'partial'; output: Json; used: TryUsage; confidence?: number | undefined }
  /** `isFinal`: no other try may follow. */
  | { outcome: 'failure'; error: Fault; used: TryUsage; isFinal?: boolean };

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
