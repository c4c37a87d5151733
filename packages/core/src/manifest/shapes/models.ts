import { z } from 'zod';
import { addressSchema, durationSchema, idSchema, jsonSchema } from './values.ts';

/** The providers that there are adapters for. */
export const providerNames = ['anthropic', 'openai', 'azure', 'google', 'openai-compatible', 'offline'] as const;

const usd = z.number().min(0).max(10_000).describe('US dollars per million tokens.');

const priceSchema = z
  .strictObject({
    input: usd,
    output: usd,
    cache_read: usd.optional().describe('Default: as input.'),
    cache_write: usd.optional().describe('Default: as input.'),
    reasoning: usd.optional().describe('Default: as output.'),
  })
  .describe('US dollars per million tokens, where the published prices do not hold or there are none.');
export type PriceManifest = z.infer<typeof priceSchema>;

const timeoutsSchema = z.strictObject({
  first_token: durationSchema.default('60s').describe('Until the provider begins to answer.'),
  between_tokens: durationSchema.default('30s').describe('Until the next piece of a streamed answer.'),
  total: durationSchema.default('10m'),
});

export const deploymentSchema = z.strictObject({
  id: idSchema,
  provider: z.enum(providerNames),
  model: z.string().min(1).describe('As the provider calls it; of Azure the name of the deployment there.'),
  credential: z
    .string()
    .optional()
    .describe('An id in provider_credentials.yaml; default: the one of this provider, else its usual variable.'),
  base_url: addressSchema.optional().describe('Default: that of the credential, else the provider’s own.'),
  weight: z.number().positive().max(1000).default(1).describe('Its share of the load among deployments that stand side by side.'),
  max_retries: z.int().min(0).max(10).default(2).describe('On the same deployment, before the next one is asked.'),
  timeouts: timeoutsSchema.prefault({}),
  price: priceSchema.optional(),
  options: z.record(z.string(), jsonSchema).default({}).describe('Whatever else the provider takes, such as api_version of Azure.'),
});
/** One deployment with every default filled in. */
export type Deployment = z.infer<typeof deploymentSchema>;

export const modelChainSchema = z.strictObject({
  id: idSchema,
  steps: z
    .array(z.union([z.string(), z.array(z.string()).min(1)]))
    .min(1)
    .describe('Asked one after the other until one answers; several in one step share the load by their weights.'),
});
export type ModelChain = z.infer<typeof modelChainSchema>;

const conditionSchema = z.strictObject({
  complexity_below: z.number().min(0).max(1).optional(),
  complexity_from: z.number().min(0).max(1).optional(),
  tokens_below: z.int().min(1).optional().describe('Estimated, of the whole request.'),
  tokens_from: z.int().min(1).optional(),
  code: z.boolean().optional().describe('Whether the request is about code.'),
  reasoning: z.boolean().optional().describe('Whether it asks for steps, proofs, comparisons or plans.'),
  structured: z.boolean().optional().describe('Whether the answer has to satisfy a schema.'),
  tools: z.boolean().optional().describe('Whether tools may be called.'),
});
export type RouteCondition = z.infer<typeof conditionSchema>;

const routeRuleSchema = z.strictObject({ tier: idSchema, when: conditionSchema, use: z.string() });

export const modelRouteSchema = z.strictObject({
  id: idSchema,
  rules: z.array(routeRuleSchema).min(1).describe('The first whose condition is met as a whole decides.'),
  default: z.strictObject({ tier: idSchema, use: z.string() }),
});
export type ModelRoute = z.infer<typeof modelRouteSchema>;

export const modelsSchema = z.strictObject({
  $schema: z.string().optional(),
  deployments: z.array(deploymentSchema).default([]),
  chains: z.array(modelChainSchema).default([]),
  routes: z.array(modelRouteSchema).default([]),
});
export type ModelsManifest = z.infer<typeof modelsSchema>;
