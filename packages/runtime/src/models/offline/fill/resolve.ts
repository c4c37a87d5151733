import { isJsonObject, type Json, type JsonObject } from '@espalier/core';

const mostHops = 32;

/**
 * A schema without `$ref`, `allOf`, `anyOf` and `oneOf`: local references followed, all of `allOf` and the first choice of the others merged in.
 * `true` and what cannot be resolved give the empty schema.
 */
export function resolveSchema(schema: Json | undefined, root: JsonObject): JsonObject {
  let current = isJsonObject(schema) ? schema : {};
  for (let hop = 0; hop < mostHops; hop += 1) {
    const step = expandedOnce(current, root);
    if (step === undefined) return current;
    current = step;
  }
  return current;
}

/** Whether a schema, references resolved, is an object’s. */
export function isObjectSchema(schema: JsonObject): boolean {
  return schema.type === 'object' || (schema.type === undefined && isJsonObject(schema.properties));
}

function expandedOnce(schema: JsonObject, root: JsonObject): JsonObject | undefined {
  const { $ref, allOf, anyOf, oneOf, ...rest } = schema;
  if (typeof $ref === 'string') return merged({ ...schemaWithout(schema, '$ref') }, target($ref, root));
  if (Array.isArray(allOf)) return allOf.reduce<JsonObject>((all, part) => merged(all, part), schemaWithout(schema, 'allOf'));
  const choices = Array.isArray(oneOf) ? oneOf : anyOf;
  if (!Array.isArray(choices)) return undefined;
  const constants = constantsOf(choices);
  return constants === undefined ? merged(rest, choices[0] ?? {}) : { ...rest, ...constants };
}

/** `oneOf: [{const, description}, …]` is an enum with descriptions. */
function constantsOf(choices: Json[]): JsonObject | undefined {
  const options = choices.map((choice) => (isJsonObject(choice) && 'const' in choice ? choice : undefined));
  if (options.length < 2 || options.includes(undefined)) return undefined;
  return {
    enum: options.map((option) => option?.const ?? null),
    'x-descriptions': options.map((option) => option?.description ?? option?.title ?? ''),
  };
}

/** Members of `addition` win, except that properties and required names are joined. */
function merged(base: JsonObject, addition: Json): JsonObject {
  if (!isJsonObject(addition)) return base;
  const joined: JsonObject = { ...base, ...addition };
  if (isJsonObject(base.properties) && isJsonObject(addition.properties))
    joined.properties = { ...base.properties, ...addition.properties };
  if (Array.isArray(base.required) && Array.isArray(addition.required))
    joined.required = [...new Set([...base.required, ...addition.required])];
  return joined;
}

function schemaWithout(schema: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key));
}

/** Follows `#`, `#/…` (a JSON Pointer) and `#name` (an `$anchor` in `$defs`). */
function target(reference: string, root: JsonObject): Json {
  if (reference === '#') return root;
  if (reference.startsWith('#/'))
    return reference
      .slice(2)
      .split('/')
      .reduce<Json>((value, part) => member(value, part), root);
  const definitions = isJsonObject(root.$defs) ? Object.values(root.$defs) : [];
  return definitions.find((definition) => isJsonObject(definition) && `#${definition.$anchor}` === reference) ?? {};
}

function member(value: Json, part: string): Json {
  const key = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
  const found = Array.isArray(value) ? value[Number(key)] : isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return found ?? {};
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
