import { z } from 'zod';
import { idSchema } from './values.ts';

const storeSchema = z.strictObject({
  backend: z.enum(['memory', 'file', 'database', 'sqlite']).default('memory'),
  retention: z.strictObject({ max_items: z.int().min(1).default(1000) }).prefault({}),
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
      task_store: storeSchema.prefault({}),
      project_store: storeSchema.optional(),
      global_store: storeSchema.optional(),
      context_profiles: z.array(profileSchema).default([]),
    })
    .prefault({}),
});
/** The stores and context profiles of a workflow, defaults filled in. */
export type MemoryManifest = z.infer<typeof memorySchema>['memory'];
