import { z } from 'zod';
import { idSchema, jsonSchema } from './values.ts';

export const pluginSchema = z.strictObject({
  id: idSchema,
  description: z.string().optional(),
  module: z.string().describe('./plugins/x.ts, or ./plugins/x.ts#export.'),
  enabled: z.boolean().default(true),
  config: z.record(z.string(), jsonSchema).default({}),
});
/** One read-only observer of the event log, defaults filled in. */
export type PluginManifest = z.infer<typeof pluginSchema>;

export const pluginsSchema = z.strictObject({ $schema: z.string().optional(), plugins: z.array(pluginSchema).default([]) });
