import { z } from 'zod';
import { durationSchema } from './values.ts';

const rateLimitSchema = z.strictObject({ runs: z.int().min(1), per: durationSchema });

export const schedulerSchema = z.strictObject({
  $schema: z.string().optional(),
  scheduler: z
    .strictObject({
      enabled: z.boolean().default(false).describe('false: tasks run directly in the caller.'),
      max_concurrency: z.int().min(1).max(1000).default(1).describe('Runs at a time.'),
      queue_policy: z.enum(['fifo']).default('fifo'),
      max_queue_size: z.int().min(1).nullable().default(null).describe('null: unbounded.'),
      rate_limit: rateLimitSchema.nullable().default(null).describe('At most so many runs started in a period.'),
    })
    .prefault({}),
});
/** How runs queue, defaults filled in. */
export type SchedulerManifest = z.infer<typeof schedulerSchema>['scheduler'];
