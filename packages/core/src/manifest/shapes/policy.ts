import { z } from 'zod';

const ruleSchema = z.strictObject({
  target: z.enum(['tool', 'context', 'scope']),
  target_id: z.string().min(1).describe('The id of a tool or context profile, the name of a scope, or * for all.'),
  action: z.enum(['allow', 'deny']),
  reason: z.string().min(1).optional().describe('Kept for audit.'),
});

export const policySchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  enabled: z.boolean().default(true),
  rules: z.array(ruleSchema).default([]),
  rego: z.array(z.string().min(1)).default([]).describe('Rego files, relative to the workflow’s folder; they need an OPA server.'),
});
/** A named set of allow and deny rules, defaults filled in. */
export type PolicyManifest = z.infer<typeof policySchema>;

export const policiesSchema = z.strictObject({ $schema: z.string().optional(), policies: z.array(policySchema).default([]) });
