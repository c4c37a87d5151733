import { z } from 'zod';
import { outcomeSchema } from '../../wire/events.ts';
import { idSchema, jsonSchema } from './values.ts';

const field_path = z.string().min(1).optional().describe('A dotted path into the output; without it the whole output.');

const assertionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('equals'), field_path, expected: jsonSchema }),
  z.strictObject({ type: z.literal('contains'), field_path, expected: jsonSchema }),
  z.strictObject({ type: z.literal('schema_valid'), field_path, schema: z.string().min(1).describe('A name under schemas/.') }),
  z.strictObject({ type: z.literal('status'), expected: outcomeSchema.describe('The outcome of the run.') }),
  z.strictObject({
    type: z.literal('custom'),
    field_path,
    module: z.string().describe('./checks/x.ts#fn'),
    expected: jsonSchema.optional(),
  }),
  z.strictObject({
    type: z.literal('scored'),
    field_path,
    metric: z.enum(['faithfulness', 'answer_relevance', 'context_precision', 'completeness']),
    threshold: z.number().min(0).max(1),
  }),
]);

const caseSchema = z.strictObject({
  id: idSchema,
  description: z.string().optional(),
  input: jsonSchema,
  start_node: z.string().optional().describe('A start of the workflow; without it the default start.'),
  assertions: z.array(assertionSchema).min(1),
});

export const suiteSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  cases: z.array(caseSchema).default([]),
});
/** A named list of cases and what their outputs must satisfy. */
export type EvaluationSuite = z.infer<typeof suiteSchema>;

export const evaluationsSchema = z.strictObject({ $schema: z.string().optional(), suites: z.array(suiteSchema).default([]) });
