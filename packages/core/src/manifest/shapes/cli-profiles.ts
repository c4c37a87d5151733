import { z } from 'zod';
import { idSchema, jsonSchema } from './values.ts';

const field = z.string().min(1);

const commandSchema = z.strictObject({
  name: idSchema.describe('Typed with a slash: brief is /brief.'),
  description: z.string().optional(),
  start_node: z.string().optional().describe('A start of the workflow; without it the default start.'),
  input: z.record(z.string(), jsonSchema).default({}).describe('Members added to the task’s input.'),
});

export const cliProfileSchema = z.strictObject({
  id: idSchema,
  description: z.string().optional(),
  session_policies: z
    .strictObject({
      persist: z.boolean().default(true).describe('Keep the session on disk.'),
      max_history: z.int().min(1).default(200).describe('Interactions kept.'),
      attachments: z.boolean().default(true).describe('Files of the workspace may be attached.'),
    })
    .prefault({}),
  input_mappings: z
    .strictObject({
      text: field.default('request').describe('The input field that receives what was typed.'),
      attachments: field.default('attachments').describe('The input field that receives the attached files.'),
      mode: field.optional().describe('The input field that receives the mode set by /mode.'),
      history: field.optional().describe('The input field that receives earlier interactions.'),
    })
    .prefault({}),
  custom_commands: z.array(commandSchema).default([]),
  presentation: z
    .strictObject({
      prompt: z.string().default('> '),
      format: z.enum(['text', 'markdown', 'json']).default('markdown'),
      show_events: z.boolean().default(false),
      output_field: field.optional().describe('The field of the output to show; without it the whole output.'),
    })
    .prefault({}),
  telemetry: z
    .strictObject({
      show_costs: z.boolean().default(false),
      show_timings: z.boolean().default(false),
      log_level: z.enum(['error', 'warn', 'info', 'debug']).optional(),
    })
    .prefault({}),
});
/** How the REPL presents a workflow, defaults filled in. */
export type CliProfile = z.infer<typeof cliProfileSchema>;

export const cliProfilesSchema = z.strictObject({ $schema: z.string().optional(), profiles: z.array(cliProfileSchema).default([]) });
