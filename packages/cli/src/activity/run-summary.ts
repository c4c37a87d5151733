import { join } from 'node:path';
import type { Fault, JournalEvent, JsonObject, Outcome, Payload } from '@espalier/core';
import { errorCatalogue } from '@espalier/core';
import type { OpenWorkflow, RunReport } from '@espalier/platform';
import { costsJson, type RunCosts } from './run-costs.ts';

/** A file that tools of a run wrote; of several versions the last. */
export interface WrittenFile {
  /** Absolute. */
  path: string;
  /** In bytes. */
  size: number;
  hash: string;
  media_type: string;
}

/** What there is to say about a run that has ended. */
export interface RunSummary {
  workflow: OpenWorkflow['workflow'];
  notices: readonly string[];
  costs: RunCosts;
  /** The last failure of a node, of a run that did not succeed. */
  error: Fault | undefined;
  result: RunReport['result'];
  files: readonly WrittenFile[];
  /** From the first event to the last. */
  durationMs: number;
}

/** What a fork took over from its parent was not written again. @param workspace absolute. */
export function writtenFiles(events: readonly JournalEvent[], workspace: string): WrittenFile[] {
  const files = new Map<string, WrittenFile>();
  let isReused = false;
  for (const { type, payload } of events) {
    if (type === 'effect.completed') isReused = payload.reused_from !== undefined;
    if (type === 'artifact.stored' && payload.type === 'file' && !isReused) files.set(payload.name, fileOf(payload, workspace));
  }
  return [...files.values()];
}

function fileOf({ name, size, hash, media_type }: Payload<'artifact.stored'>, workspace: string): WrittenFile {
  return { path: join(workspace, name), size, hash, media_type };
}

/** The last failure of a node. */
export function errorOf(events: readonly JournalEvent[]): Fault | undefined {
  return events.flatMap((event) => (event.type === 'node.completed' && event.payload.error ? [event.payload.error] : [])).at(-1);
}

/** From the first event to the last, in milliseconds. */
export function elapsedMs(events: readonly JournalEvent[]): number {
  return (events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0);
}

/** How a run ended in one word; `blocked`: its root task reached no exit (S2). */
export function endingOf({ status, outcome, exit }: RunReport['result']): Outcome | 'blocked' | 'cancelled' {
  if (status === 'cancelled') return 'cancelled';
  return exit === undefined || outcome === undefined ? 'blocked' : outcome;
}

/** The exit code of a run: 0 for success and partial, else 1. */
export function runExitCode(result: RunReport['result']): number {
  const ending = endingOf(result);
  return ending === 'success' || ending === 'partial' ? 0 : errorCatalogue['run.cancelled'].exit;
}

/** The one object that `run --json` prints. Paths are absolute. */
export function summaryJson({ workflow, notices, costs, error, result, files, durationMs }: RunSummary): JsonObject {
  return {
    run: result.run,
    workflow: workflow.id,
    workflow_hash: workflow.hash,
    status: result.status,
    outcome: result.outcome ?? null,
    ending: endingOf(result),
    exit: result.exit ?? null,
    reason: result.reason ?? null,
    error: error && endingOf(result) !== 'success' ? { code: error.code, message: error.message } : null,
    output: result.output,
    files: files.map((file) => ({ ...file })),
    notices: [...notices],
    ...costsJson(costs),
    duration_ms: durationMs,
  };
}
