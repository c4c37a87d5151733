import { z } from 'zod';
import { durationSchema, idSchema } from './values.ts';
import { riskSchema } from './workflow.ts';

export const toolSchema = z.strictObject({
  id: idSchema,
  name: z.string().optional(),
  description: z.string().optional(),
  type: z.enum(['filesystem', 'http', 'code', 'mcp', 'module']),
  entrypoint: z.string().describe('builtin, builtin:read_file, or ./tools/x.ts#fn for type module.'),
  schema_in: z.string().optional(),
  schema_out: z.string().optional(),
  risk: riskSchema.default('high'),
  idempotent: z.boolean().default(false),
  approval: z.enum(['never', 'always']).default('never'),
  timeout: durationSchema.default('30s'),
  permissions: z
    .strictObject({ root: z.string().default('.'), allow_network: z.boolean().default(false), allow_shell: z.boolean().default(false) })
    .prefault({}),
});
/** One tool with every default filled in. */
export type ToolManifest = z.infer<typeof toolSchema>;

export const toolsSchema = z.strictObject({ $schema: z.string().optional(), tools: z.array(toolSchema).default([]) });
