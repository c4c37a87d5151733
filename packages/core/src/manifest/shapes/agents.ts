import { z } from 'zod';
import { idSchema, jsonSchema } from './values.ts';

/** `provider/model`, such as `offline/text` or `anthropic/claude-sonnet-4-5`. */
const modelName = z.string().regex(/^[a-z][a-z0-9-]*\/\S+$/, 'provider/model, such as offline/text');

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
  fallback: z.array(modelName).default([]),
  config: z
    .object({ temperature: z.number().min(0).max(2).optional(), max_tokens: z.int().min(1).optional() })
    .catchall(jsonSchema)
    .default({})
    .describe('temperature, max_tokens, and whatever else the provider takes.'),
});
/** One agent with every default filled in. */
export type AgentManifest = z.infer<typeof agentSchema>;

export const agentsSchema = z.strictObject({ $schema: z.string().optional(), agents: z.array(agentSchema).default([]) });
