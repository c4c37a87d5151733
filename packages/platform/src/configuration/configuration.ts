import { breakerLimitsSchema, budgetCapsSchema, callRatesSchema, rateLimitsSchema } from '@espalier/runtime';
import { z } from 'zod';

const redisSchema = z.strictObject({
  url: z.url({ protocol: /^rediss?$/ }).describe('Where counters are that processes share: redis:// or rediss:// (TLS).'),
  prefix: z.string().min(1).default('espalier').describe('What all keys begin with.'),
  insurance_processes: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Go on while Redis is away, each of so many processes with its part of every limit. Without it nobody gets past an absent Redis.',
    ),
});

/** What an installation may decide, with every default filled in. */
export const configurationSchema = z.strictObject({
  budgets: budgetCapsSchema.prefault({}),
  rate_limits: rateLimitsSchema.prefault({}),
  call_rates: callRatesSchema.prefault({}),
  breaker: breakerLimitsSchema.prefault({}),
  redis: redisSchema.optional(),
});
export type Configuration = z.infer<typeof configurationSchema>;

/** What is written of a configuration: all of it may be left out. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
