import { z } from 'zod';
import { idSchema } from './values.ts';

const backendSchema = z.enum(['memory', 'file', 'database', 'sqlite']);
const retentionSchema = z.strictObject({ max_items: z.int().min(1).max(100_000).default(1000) }).prefault({});

const taskStoreSchema = z.strictObject({
  backend: backendSchema.default('memory').describe('Whatever it says, task memory is kept where the journal is.'),
  retention: retentionSchema,
});

const sharedStoreSchema = z.strictObject({
  backend: backendSchema.optional().describe('Default: where runs are kept.'),
  retention: retentionSchema,
});

export const profileSchema = z.strictObject({
  id: idSchema,
  max_tokens: z.int().min(1).default(4000),
  retrieval_policy: z.enum(['recency', 'semantic', 'hybrid']).default('recency'),
  sources: z
    .array(z.strictObject({ store: z.enum(['task', 'project', 'global']), tags: z.array(z.string()).default([]) }))
    .default([{ store: 'task', tags: [] }]),
});
/** What an agent node is shown besides its input. */
export type ContextProfile = z.infer<typeof profileSchema>;

export const memorySchema = z.strictObject({
  $schema: z.string().optional(),
  memory: z
    .strictObject({
      task_store: taskStoreSchema.prefault({}),
      project_store: sharedStoreSchema
        .extend({ id: idSchema.optional().describe('Of the project; default: the workflow’s id.') })
        .prefault({}),
      global_store: sharedStoreSchema.prefault({}),
      context_profiles: z.array(profileSchema).default([]),
    })
    .prefault({}),
});
/** The stores and context profiles of a workflow, defaults filled in. */
export type MemoryManifest = z.infer<typeof memorySchema>['memory'];
