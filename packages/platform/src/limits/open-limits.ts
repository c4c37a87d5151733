import { breakerStep, budgetStep, type GateStep, limitsOf, ProcessRateLimiter, rateLimited, rateLimitStep } from '@espalier/runtime';
import type { RateLimiter } from '@espalier/runtime/ports';
import type { Configuration } from '../configuration/configuration.ts';

/** Who starts something. */
export interface Starter {
  user?: string | undefined;
  session?: string | undefined;
}

/** What holds people, machines and agents back. */
export interface Limits {
  /** In the order in which the gate asks them. */
  steps: readonly GateStep[];
  /** Counts what a person starts (S22). @throws EspalierError `rate.limited`, `rate.unavailable`. */
  admitStart(starter: Starter): Promise<void>;
  close(): Promise<void>;
}

interface LimitParts {
  configuration: Configuration;
  tenant: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

export async function openLimits({ configuration, tenant, now }: LimitParts): Promise<Limits> {
  const limiter = await openLimiter(configuration);
  return {
    steps: [
      rateLimitStep(limiter, configuration.call_rates),
      budgetStep(configuration.budgets, now),
      breakerStep(configuration.breaker, now),
    ],
    async admitStart({ user, session }) {
      // What nobody in particular starts is not held to what one person may: tests, schedules, evaluations.
      if (user === undefined && session === undefined) return;
      const decision = await limiter.take(limitsOf(configuration.rate_limits, { tenant, user, session }));
      if (!decision.allowed) throw rateLimited(decision);
    },
    close: () => limiter.close(),
  };
}

/** Loaded only where it is used. */
async function openLimiter({ redis }: Configuration): Promise<RateLimiter> {
  if (!redis) return new ProcessRateLimiter(() => performance.now());
  const { RedisRateLimiter } = await import('@espalier/runtime/redis');
  const { url, prefix, insurance_processes: processes } = redis;
  return new RedisRateLimiter({ url, prefix, ...(processes === undefined ? {} : { insurance: { processes } }) });
}
