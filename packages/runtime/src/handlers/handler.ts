import type { Json, NodeManifest } from '@espalier/core';

/** What a handler may know besides its input. */
export interface HandlerContext {
  /** The id of the task in its run. */
  readonly task: string;
  readonly node: string;
  /** Failures of the tasks that a merge waited for. */
  readonly failures: readonly Json[];
  /** The labels of the node's out-edges. */
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * The work of a deterministic node. Pure: no I/O, no clock, no randomness; synchronous when it can be, for it is the engine's hot path.
 * Throws EspalierError; never changes its input.
 */
export type Handler = (input: Json, context: HandlerContext) => Json | Promise<Json>;

/** Makes a node's handler from its manifest. Throws EspalierError `input.invalid`, `expression.invalid` or `template.invalid` if `with` is wrong. */
export type HandlerFactory = (node: NodeManifest) => Handler;
