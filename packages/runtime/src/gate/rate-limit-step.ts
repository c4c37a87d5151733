import { EspalierError } from '@espalier/core';
import { z } from 'zod';
import type { RateLimit, RateLimiter } from '../ports/rate-limiter.ts';
import type { AdmissionContext, GateStep } from './gate.ts';

const perMinute = z.int().min(1).nullable().default(null);

/** How many calls the agents and nodes of a tenant may make; null is no limit. What people start is counted elsewhere (S22). */
export const callRatesSchema = z.strictObject({ model_calls_per_minute: perMinute, tool_calls_per_minute: perMinute });
export type CallRates = z.infer<typeof callRatesSchema>;

/** Holds the calls of machines to limits of their own (S22). A limiter that cannot tell refuses. */
export function rateLimitStep(limiter: RateLimiter, rates: CallRates): GateStep {
  const limits: Partial<Record<string, number | null>> = { model: rates.model_calls_per_minute, tool: rates.tool_calls_per_minute };
  return {
    name: 'rate limit',
    concerns: ({ kind }) => typeof limits[kind] === 'number',
    async admit({ kind }, context) {
      const decision = await limiter.take([limitOf(kind, limits[kind] ?? 0, context)]);
      if (decision.allowed) return { step: 'rate limit', decision: 'allow' };
      const { limit } = decision.exceeded;
      const reason = `more than ${limit} ${kind} calls in a minute`;
      const message = `There were ${reason}; the next one may be made in ${Math.ceil(decision.retryAfterMs / 1000)} s.`;
      const fault = new EspalierError('rate.limited', message, { details: { limit, retry_after_ms: decision.retryAfterMs } }).toFault();
      return { step: 'rate limit', decision: 'deny', reason, fault };
    },
  };
}

function limitOf(kind: string, limit: number, { tenant }: AdmissionContext): RateLimit {
  return { name: `${kind}_calls`, subject: tenant, limit, windowMs: 60_000 };
}
