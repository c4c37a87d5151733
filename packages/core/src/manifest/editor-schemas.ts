import { z } from 'zod';
import type { JsonObject } from '../wire/json.ts';
import { type ManifestName, manifestKinds, manifestNames } from './manifest-kinds.ts';

/** The JSON Schema (2020-12) of every manifest as people write it, for completion in editors (ENG-M2). */
export function editorSchemas(): Record<ManifestName, JsonObject> {
  return Object.fromEntries(manifestNames.map((name) => [name, editorSchema(name)])) as Record<ManifestName, JsonObject>;
}

function editorSchema(name: ManifestName): JsonObject {
  const { schema, description } = manifestKinds[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
  return JSON.parse(JSON.stringify({ $schema, title: `Espalier ${name}`, description, ...rest }));
}
