import { z } from 'zod';
import { durationSchema, idSchema, jsonSchema } from './values.ts';

const roleSchema = z.enum(['start', 'linear', 'decision', 'branch', 'split', 'merge', 'exit']);
export type Role = z.infer<typeof roleSchema>;

export const riskSchema = z.enum(['low', 'medium', 'high']);
/** How much harm a call may do (S3). */
export type Risk = z.infer<typeof riskSchema>;

const mergeSchema = z.strictObject({
  strategy: z.enum(['all', 'any', 'first', 'quorum']).default('all'),
  quorum: z.int().min(1).optional().describe('Successes needed; for strategy quorum only.'),
  on_failure: z.enum(['fail', 'ignore', 'partial']).default('fail'),
  reducer: z.string().default('list').describe('list | concat | last | vote | ./reducers/x.ts#fn'),
  closes: z.string().optional().describe('The branch or split that this merge closes, or none for a rejoin.'),
});
export type MergeManifest = z.infer<typeof mergeSchema>;

export const nodeSchema = z.strictObject({
  id: idSchema,
  name: z.string().optional(),
  description: z.string().optional(),
  kind: z.enum(['agent', 'deterministic']),
  role: roleSchema,
  agent_id: z.string().optional().describe('The agent of a node of kind agent.'),
  handler: z
    .string()
    .optional()
    .describe(
      'normalise | pass | transform | decide | template | tools | wait | ./handlers/x.ts#fn; default: normalise for start, else pass.',
    ),
  with: z.record(z.string(), jsonSchema).default({}).describe('The handler’s parameters.'),
  idempotent: z.boolean().default(false).describe('Custom handlers: may be repeated after a crash.'),
  risk: riskSchema.default('high').describe('Forks perform only low ones again.'),
  default_start: z.boolean().default(false),
  context: z.string().default('none').describe('The id of a context profile, global, or none.'),
  remember: z
    .strictObject({ store: z.enum(['task', 'project', 'global']).default('project'), tags: z.array(z.string().min(1)).default([]) })
    .optional()
    .describe('Where the node’s output is kept, and under which tags context profiles find it.'),
  tools: z.array(z.string()).default([]),
  schema_in: z.string().optional(),
  schema_out: z.string().optional(),
  continue_on_failure: z.boolean().default(false),
  timeout: durationSchema.optional(),
  split: z.strictObject({ over: z.string().min(1) }).optional(),
  merge: mergeSchema.optional(),
  approval: z
    .strictObject({
      when: z.enum(['always', 'never']).default('always'),
      timeout: durationSchema.optional(),
      on_timeout: z.enum(['escalate', 'approve', 'reject']).default('escalate'),
    })
    .optional(),
  budget: z
    .strictObject({
      usd: z.number().positive().max(500_000).optional(),
      steps: z.int().min(1).max(1000).optional().describe('How often the model is asked; default: 12.'),
      tokens: z.int().min(1).optional().describe('Of all answers and requests together.'),
    })
    .optional()
    .describe('What the agent may use for one visit of the node; its time is `timeout`.'),
  always_fail: z.boolean().default(false),
});
/** One node with every default filled in. */
export type NodeManifest = z.infer<typeof nodeSchema>;

const edgeSchema = z.strictObject({ from: z.string(), to: z.string(), label: z.string().min(1).optional() });
export type EdgeManifest = z.infer<typeof edgeSchema>;

export const workflowSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal('1.0').default('1.0'),
  id: idSchema.optional().describe('Default: the folder’s name.'),
  name: z.string().optional(),
  description: z.string().optional(),
  nodes: z.array(nodeSchema).min(1),
  edges: z.array(edgeSchema).default([]),
  deadline: durationSchema.optional().describe('Of the whole run.'),
  concurrency: z.int().min(1).max(1000).default(8).describe('Effects in flight inside one run.'),
});
export type WorkflowManifest = z.infer<typeof workflowSchema>;
