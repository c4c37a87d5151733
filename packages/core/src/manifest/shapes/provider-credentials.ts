import { z } from 'zod';
import { addressSchema, idSchema } from './values.ts';

const type = z.literal('api_key').default('api_key');

/** Capitals only: many keys (`gsk_…`, `hf_…`) would pass for the name of a variable, and names are stored and shown. */
const variableSchema = z
  .string()
  .max(100)
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of an environment variable in capitals, such as ANTHROPIC_API_KEY')
  .describe('The name of an environment variable, in capitals; never the secret itself.');

/** A path has a slash or an extension; a key that was pasted here seldom has. */
const filePathSchema = z
  .string()
  .max(1000)
  .regex(/[/\\.]/, 'a path with a slash or an extension, such as ./secrets/anthropic.key')
  .describe('Absolute, below the home directory (~/), or relative to the workflow’s directory.');

const authSchema = z.discriminatedUnion('source', [
  z.strictObject({ type, source: z.literal('env'), env_var: variableSchema }),
  z.strictObject({
    type,
    source: z.literal('file'),
    file_path: filePathSchema,
    file_key: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('The key inside a JSON or YAML file; without it the whole text is the secret.'),
  }),
]);

const providerCredentialSchema = z.strictObject({
  id: idSchema,
  provider: z.string().regex(/^[a-z][a-z0-9-]*$/, 'a provider’s name, such as anthropic'),
  auth: authSchema,
  config: z.strictObject({ base_url: addressSchema.optional(), default_model: z.string().min(1).optional() }).prefault({}),
});
/** Where a provider’s secret is found; never the secret itself. */
export type ProviderCredential = z.infer<typeof providerCredentialSchema>;

export const providerCredentialsSchema = z.strictObject({
  $schema: z.string().optional(),
  provider_credentials: z.array(providerCredentialSchema).default([]),
});
