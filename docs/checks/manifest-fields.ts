import type { Json } from '@espalier/core';
import { manifestNames } from '../../packages/core/src/manifest/manifest-kinds.ts';
import { readText } from './pages.ts';

/** A field of a manifest as its published JSON Schema has it. `path` is dotted, with `[]` for the entries of a list. */
export interface ManifestField {
  path: string;
  /** As JSON text; undefined if there is none. */
  standard: string | undefined;
}

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  default?: Json;
}

/** Every field of every manifest, by the manifest's name. */
export async function manifestFields(): Promise<Map<string, ManifestField[]>> {
  const fields = new Map<string, ManifestField[]>();
  for (const name of manifestNames) {
    const schema: Schema = JSON.parse(await readText(`schemas/${name}.schema.json`));
    fields.set(name, unique(fieldsIn(schema, '', schema)));
  }
  return fields;
}

function fieldsIn(schema: Schema, at: string, root: Schema): ManifestField[] {
  const target = resolve(schema, root);
  const own = Object.entries(target.properties ?? {}).flatMap(([key, property]) => {
    const path = at === '' ? key : `${at}.${key}`;
    const standard = property.default === undefined ? undefined : JSON.stringify(property.default);
    return [{ path, standard }, ...fieldsIn(property, path, root)];
  });
  const entries = target.items ? fieldsIn(target.items, `${at}[]`, root) : [];
  const options = [...(target.anyOf ?? []), ...(target.oneOf ?? [])].flatMap((option) => fieldsIn(option, at, root));
  return [...own, ...entries, ...options];
}

/** A reference to any JSON value is a leaf: it has no fields of its own. */
function resolve(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.replace('#/$defs/', '');
  if (name === undefined) return schema;
  const target = root.$defs?.[name] ?? {};
  return JSON.stringify(target).includes('$ref') ? {} : target;
}

function unique(fields: ManifestField[]): ManifestField[] {
  return [...new Map(fields.map((field) => [field.path, field])).values()];
}
