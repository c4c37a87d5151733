import { durationMs, EspalierError, isJsonObject, type Json, type NodeManifest, waitSchema } from '@espalier/core';
import { z } from 'zod';
import type { NodeProgram, WaitRequest } from '../ports/node-program.ts';
import { handlerParameters } from './handler-parameters.ts';

/** The last moment that a JavaScript date can name. */
const endOfTime = 8.64e15;

/**
 * `wait`: hands its input on, after the duration `for` or at the time in the input's field `until`; at once if that has passed.
 * The program throws EspalierError `wait.not_a_time`.
 */
export function createWaitProgram(node: NodeManifest): NodeProgram {
  const { for: duration, until } = handlerParameters(node, waitSchema);
  const requestOf = until === undefined ? waitFor(duration ?? '') : waitUntil(node, until);
  return async (scope) => {
    await scope.wait(requestOf(scope.input));
    return { outcome: 'success', output: scope.input };
  };
}

function waitFor(duration: string): () => WaitRequest {
  const length = durationMs(duration);
  return () => ({ input: { for: duration }, dueAt: (now) => Math.min(now + length, endOfTime) });
}

function waitUntil(node: NodeManifest, field: string): (input: Json) => WaitRequest {
  return (input) => {
    const value = isJsonObject(input) && Object.hasOwn(input, field) ? input[field] : undefined;
    const time = timeOf(value);
    if (time !== undefined) return { input: { until: time }, dueAt: () => time };
    const found = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
    const message = `Node ${node.id}: wait expects an ISO time or milliseconds since 1970 in the input's field ${field}; found ${found}.`;
    throw new EspalierError('wait.not_a_time', message, { details: { node: node.id, field } });
  };
}

const isoTime = z.union([z.iso.datetime({ offset: true, local: true }), z.iso.date()]);
const zoned = /(Z|[+-]\d\d:?\d\d)$/;

/** Milliseconds since the epoch. A time without a zone is UTC: the machine's own zone must not decide. */
function timeOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) <= endOfTime ? value : undefined;
  if (typeof value !== 'string' || !isoTime.safeParse(value).success) return undefined;
  const time = Date.parse(value.includes('T') && !zoned.test(value) ? `${value}Z` : value);
  return Number.isNaN(time) ? undefined : time;
}
