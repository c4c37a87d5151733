import { z } from 'zod';
import type { Json } from '../../wire/json.ts';

/** Any JSON value. */
export const jsonSchema = z.json() as z.ZodType<Json>;

/** Ids appear in lineage paths (`root/split.3`), so they hold neither `/` nor `.`. */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, 'an id: a letter or _, then at most 99 letters, digits, _ or -')
  .describe('A letter or underscore, then letters, digits, underscores or hyphens; at most 100 characters.');

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `500ms`, `30s`, `5m`, `24h`, `7d`. */
export const durationSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,8}(ms|s|m|h|d)$/, 'a duration such as 500ms, 30s, 5m, 24h or 7d')
  .describe('A duration such as 500ms, 30s, 5m, 24h or 7d.');

/** Milliseconds of a duration that `durationSchema` accepted. */
export function durationMs(duration: string): number {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(duration) ?? [];
  return Number(amount) * units[unit as keyof typeof units];
}

/** Where a server is. */
export const addressSchema = z.url({ protocol: /^https?$/ }).refine(holdsNoPassword, 'a URL without user and password');

/** What is no URL at all is refused for that reason alone. */
function holdsNoPassword(address: string): boolean {
  const url = URL.parse(address);
  return !url || (url.username === '' && url.password === '');
}
