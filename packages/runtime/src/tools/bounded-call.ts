import { durationMs, EspalierError, type Fault, faultOf, jsonFault, type ToolManifest } from '@espalier/core';
import type { ToolResult } from '../ports/tool.ts';
import { abortion, startTimer } from '../timers/timers.ts';

const maxMessageLength = 2000;

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
    return { outcome: 'failure', error: toolFault(limit.signal.aborted ? limit.signal.reason : thrown) };
  } finally {
    stopTimer();
  }
}

function timedOut({ id, timeout }: ToolManifest): EspalierError {
  return new EspalierError('tool.timed_out', `Tool ${id} did not end within ${timeout}.`);
}

/** What a tool threw, fit for the journal: text that can be stored, of bounded length. */
function toolFault(thrown: unknown): Fault {
  const { code, message, details } = thrown instanceof Error ? faultOf(thrown, 'tool.failed') : strangeFault(thrown);
  const text = message.slice(0, maxMessageLength).replaceAll('\u0000', '\uFFFD').toWellFormed();
  return details === undefined || jsonFault(details) ? { code, message: text } : { code, message: text, details };
}

function strangeFault(thrown: unknown): Fault {
  return { code: 'tool.failed', message: typeof thrown === 'string' ? thrown : `The tool threw a ${typeof thrown} instead of an error.` };
}
