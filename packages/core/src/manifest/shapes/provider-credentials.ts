import { z } from 'zod';
import { idSchema } from './values.ts';

const type = z.literal('api_key').default('api_key');

const authSchema = z.discriminatedUnion('source', [
  z.strictObject({
    type,
    source: z.literal('env'),
    env_var: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'),
  }),
  z.strictObject({
    type,
    source: z.literal('file'),
    file_path: z.string().min(1),
    file_key: z.string().min(1).optional().describe('The key inside a JSON or YAML file; without it the whole text is the secret.'),
  }),
]);

const providerCredentialSchema = z.strictObject({
  id: idSchema,
  provider: z.string().regex(/^[a-z][a-z0-9-]*$/, 'a provider’s name, such as anthropic'),
  auth: authSchema,
  config: z.strictObject({ base_url: z.url().optional(), default_model: z.string().min(1).optional() }).prefault({}),
});
/** Where a provider’s secret is found; never the secret itself. */
export type ProviderCredential = z.infer<typeof providerCredentialSchema>;

export const providerCredentialsSchema = z.strictObject({
  $schema: z.string().optional(),
  provider_credentials: z.array(providerCredentialSchema).default([]),
});
