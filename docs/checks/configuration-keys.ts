import { configurationSchema } from '@espalier/platform';
import type { ManifestField } from './manifest-fields.ts';

interface Schema {
  properties?: Record<string, Schema>;
  default?: unknown;
}

/** Every key of the configuration that has a value of its own, by its dotted path, with its default. */
export function configurationKeys(): ManifestField[] {
  return keysIn(configurationSchema.toJSONSchema({ io: 'input' }) as Schema, '');
}

function keysIn({ properties }: Schema, at: string): ManifestField[] {
  return Object.entries(properties ?? {}).flatMap(([key, schema]) => {
    const path = at === '' ? key : `${at}.${key}`;
    if (schema.properties) return keysIn(schema, path);
    return [{ path, standard: schema.default === undefined ? undefined : JSON.stringify(schema.default) }];
  });
}
