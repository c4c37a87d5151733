import { z } from 'zod';
import { idSchema, jsonSchema } from './values.ts';

/** `provider/model`, such as `offline/text` or `anthropic/claude-sonnet-4-5`; or the id of a route, chain or deployment in models.yaml. */
const modelName = z
  .string()
  .regex(/^([a-z][a-z0-9-]*\/\S+|[A-Za-z_][A-Za-z0-9_-]{0,99})$/, 'provider/model, such as offline/text, or an id in models.yaml');

export const agentSchema = z.strictObject({
  id: idSchema,
  name: z.string().optional(),
  description: z.string().optional(),
  llm: modelName,
  prompt: z.string().min(1),
  schema_out: z.string().optional(),
  context: z.string().optional().describe('A context profile for every node of this agent that names none.'),
  tools: z.array(z.string()).default([]),
  playbook: z.boolean().default(false),
  stream: z.enum(['live', 'guarded', 'after']).optional(),
  fallback: z.array(modelName).default([]).describe('Asked one after the other if llm cannot answer.'),
  config: z
    .object({ temperature: z.number().min(0).max(2).optional(), max_tokens: z.int().min(1).max(10_000_000).optional() })
    .catchall(jsonSchema)
    .default({})
    .describe('temperature, max_tokens, and whatever else the provider takes.'),
});
/** One agent with every default filled in. */
export type AgentManifest = z.infer<typeof agentSchema>;

export const agentsSchema = z.strictObject({ $schema: z.string().optional(), agents: z.array(agentSchema).default([]) });
