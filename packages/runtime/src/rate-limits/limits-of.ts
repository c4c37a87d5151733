import { z } from 'zod';
import type { RateLimit } from '../ports/rate-limiter.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const limit = z.int().min(1).nullable();

/** How much people may start (GRD-3, S22). Without a value a limit has its default; null takes it away. */
export const rateLimitsSchema = z.strictObject({
  user_per_minute: limit.default(10).describe('What one user may start within a minute; null: no limit.'),
  user_per_hour: limit.default(100).describe('What one user may start within an hour; null: no limit.'),
  session_per_hour: limit.default(50).describe('What may be started in one session within an hour; null: no limit.'),
  tenant_per_hour: limit.default(1000).describe('What all users of one tenant may start within an hour; null: no limit.'),
});
/** The rate limits of an installation, defaults filled in. */
export type RateLimitsConfiguration = z.infer<typeof rateLimitsSchema>;

/** Who starts something. Ids of users and sessions need not differ between tenants. */
export interface Starter {
  tenant: string;
  user?: string | undefined;
  session?: string | undefined;
}

/** The limits that hold for `starter`: those of a user or a session only where one is named. */
export function limitsOf(configuration: RateLimitsConfiguration, { tenant, user, session }: Starter): RateLimit[] {
  const { user_per_minute, user_per_hour, session_per_hour, tenant_per_hour } = configuration;
  return [
    ...limited('user', within(tenant, user), user_per_minute, minuteMs),
    ...limited('user', within(tenant, user), user_per_hour, hourMs),
    ...limited('session', within(tenant, session), session_per_hour, hourMs),
    ...limited('tenant', escaped(tenant), tenant_per_hour, hourMs),
  ];
}

function limited(name: string, subject: string | undefined, limit: number | null, windowMs: number): RateLimit[] {
  return subject === undefined || limit === null ? [] : [{ name, subject, limit, windowMs }];
}

/** `tenant/id`, each escaped so that no other pair of them reads the same. */
function within(tenant: string, id: string | undefined): string | undefined {
  return id === undefined ? undefined : `${escaped(tenant)}/${escaped(id)}`;
}

function escaped(id: string): string {
  return id.replaceAll(/[%/]/g, encodeURIComponent);
}
