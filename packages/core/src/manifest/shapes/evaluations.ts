import { z } from 'zod';
import { durationSchema, idSchema, jsonSchema } from './values.ts';

/** Names and list positions with dots between them; names that hold dots or brackets are for the JSON Pointer. */
const pathPattern = /^(?:(?:\/(?:[^~/]|~[01])*)+|[^./[\]][^.[\]]*(?:\.[^.[\]]+)*)$/;

const field_path = z
  .string()
  .regex(pathPattern, 'a dotted path such as summary.title or items.0.name, or a JSON Pointer such as /a.b/0')
  .optional()
  .describe('A dotted path into the output, or a JSON Pointer; without it the whole output.');

const expected = jsonSchema.optional();
const module = z.string().describe('./asserts/x.ts#fn');

/** Metrics that compute a score, and those that a judging model would give. */
const judgeMetrics = ['faithfulness', 'answer_relevance', 'context_precision', 'completeness'] as const;
const metricSchema = z.enum(['word_overlap', ...judgeMetrics]);

const assertionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('equals'), field_path, expected: jsonSchema }),
  z.strictObject({ type: z.literal('contains'), field_path, expected: jsonSchema }),
  z.strictObject({ type: z.literal('schema_valid'), field_path, schema: z.string().min(1).describe('A name under schemas/.') }),
  z.strictObject({
    type: z.literal('status'),
    expected: z.enum(['success', 'failure', 'partial', 'blocked', 'cancelled']).describe('How the run ends; blocked: at no exit.'),
    exit: z.string().optional().describe('The exit that it ends at.'),
  }),
  z.strictObject({ type: z.literal('custom'), field_path, module, expected }),
  z.strictObject({
    type: z.literal('scored'),
    field_path,
    metric: metricSchema.optional(),
    module: module.optional(),
    expected,
    at_least: z.number().describe('The least score that passes.'),
  }),
]);
/** What one case demands of its run. */
export type Assertion = z.infer<typeof assertionSchema>;

/** Whether a score can only be given by a model that judges. */
export function needsJudge(assertion: Assertion): boolean {
  return assertion.type === 'scored' && judgeMetrics.some((metric) => metric === assertion.metric);
}

const caseSchema = z.strictObject({
  id: idSchema,
  description: z.string().optional(),
  input: jsonSchema,
  start_node: z.string().optional().describe('A start of the workflow; without it the default start.'),
  workspace: z.string().optional().describe('A folder beside the manifests, whose files the case finds in its workspace.'),
  timeout: durationSchema.optional().describe('How long the case may take; without it as long as its suite says.'),
  assertions: z.array(assertionSchema).min(1),
});
/** An input, and what its run must come to. */
export type EvaluationCase = z.infer<typeof caseSchema>;

export const suiteSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  timeout: durationSchema.default('2m').describe('How long each case may take.'),
  cases: z.array(caseSchema).default([]),
});
/** A named list of cases and what their outputs must satisfy. */
export type EvaluationSuite = z.infer<typeof suiteSchema>;

export const evaluationsSchema = z.strictObject({ $schema: z.string().optional(), suites: z.array(suiteSchema).default([]) });
