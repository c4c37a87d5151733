import { durationMs, EspalierError, faultOf, type ToolManifest } from '@espalier/core';
import type { ToolResult } from '../ports/tool.ts';
import { abortion, startTimer } from '../timers/timers.ts';

/**
 * Does the work of one tool call within the tool's timeout. Whatever the work throws becomes outcome failure, as does the timeout;
 * work that ignores its signal goes on unobserved, its result is dropped.
 * @throws what `signal` was aborted with.
 */
export async function boundedCall(
  manifest: ToolManifest,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<ToolResult>,
): Promise<ToolResult> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const stopTimer = startTimer(durationMs(manifest.timeout), () => limit.abort(timedOut(manifest)));
  try {
    const either = AbortSignal.any([signal, limit.signal]);
    return await Promise.race([work(either), abortion(either)]);
  } catch (thrown) {
    signal.throwIfAborted();
    return { outcome: 'failure', error: faultOf(limit.signal.aborted ? limit.signal.reason : thrown, 'tool.failed') };
  } finally {
    stopTimer();
  }
}

function timedOut({ id, timeout }: ToolManifest): EspalierError {
  return new EspalierError('tool.timed_out', `Tool ${id} did not end within ${timeout}.`);
}
