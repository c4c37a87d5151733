import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from '../wire/json.ts';
import { type LinearPattern, linearPattern } from './linear-pattern.ts';

/** The dialect of every schema; a `$schema` may name no other. */
export const schemaDialect = 'https://json-schema.org/draft/2020-12/schema';

/** The folder in which schemas of one set find each other by file name; nothing is ever fetched. */
const base = 'schemas:///schemas/';

/** One way in which a value breaks a schema, in the validator's terms; `instancePath` is a JSON Pointer into the value. */
export type SchemaError = ErrorObject;

/** A schema ready for use: `errorsOf` gives all errors of a value, not the first. Or the reason why it cannot be used. */
type CompiledSchema = { ok: true; errorsOf(value: unknown): readonly SchemaError[] } | { ok: false; reason: string };

/** JSON Schemas (2020-12, with formats) that may refer to each other. */
export interface SchemaSet {
  /** The formats that are checked. */
  readonly formats: readonly string[];
  /** What the meta-schema says against a schema, whatever the schemas that it refers to. */
  errorsIn(schema: JsonObject): readonly SchemaError[];
  /** Compiles a schema of the set, or another one that may refer to them. Never throws. */
  compile(schema: JsonObject): CompiledSchema;
}

/**
 * @param schemas by name: `{ "$ref": "other.json#/$defs/part" }` means part of the schema `other`. An `$id` changes nothing about that.
 */
export function createSchemaSet(schemas: ReadonlyMap<string, JsonObject> = new Map()): SchemaSet {
  const ajv = createAjv();
  const addresses = new Map<JsonObject, string>();
  const unreadable = new Map<JsonObject, CompiledSchema>();
  for (const [name, schema] of schemas) {
    const address = `${base}${encodeURIComponent(name)}.json`;
    addresses.set(schema, address);
    try {
      ajv.addSchema({ ...schema, $id: address });
    } catch (thrown) {
      unreadable.set(schema, unusable(thrown));
    }
  }
  return {
    formats: Object.keys(ajv.formats),
    errorsIn: (schema) => errorsOf(ajv, schema),
    compile: (schema) => unreadable.get(schema) ?? compiled(ajv, schema, addresses.get(schema)),
  };
}

/** True for the dialect's name with or without the empty fragment that older dialects end with. */
export function isSchemaDialect(text: string): boolean {
  return text.replace(/#$/, '') === schemaDialect;
}

function createAjv(): Ajv2020 {
  // Not strict: keywords of editors and documentation (`x-…`) change nothing. Schemas are validated by `errorsIn`, which does not throw.
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    logger: false,
    validateSchema: false,
    addUsedSchema: false,
    // A backtracking RegExp could be kept busy for ever by the text of a model (S12).
    code: { regExp: Object.assign(patternOrThrow, { code: 'linearPattern' }) },
  });
  addFormats.default(ajv);
  return ajv;
}

function patternOrThrow(source: string): LinearPattern {
  const result = linearPattern(source);
  if (result.ok) return result.pattern;
  throw new Error(`the pattern ${source} cannot be used: ${result.reason}`);
}

function errorsOf(ajv: Ajv2020, schema: JsonObject): readonly SchemaError[] {
  return ajv.validate(schemaDialect, schema) ? [] : (ajv.errors ?? []);
}

function compiled(ajv: Ajv2020, schema: JsonObject, address: string | undefined): CompiledSchema {
  const reason = faultOf(ajv, schema);
  if (reason !== undefined) return { ok: false, reason };
  try {
    const validate = address === undefined ? ajv.compile({ ...schema, $id: base }) : ajv.getSchema(address);
    if (!validate) return { ok: false, reason: 'it could not be compiled' };
    return { ok: true, errorsOf: (value) => (validate(value) ? [] : (validate.errors ?? [])) };
  } catch (thrown) {
    return unusable(thrown);
  }
}

function faultOf(ajv: Ajv2020, schema: JsonObject): string | undefined {
  // An asynchronous validator returns a promise, which would pass for "valid".
  if (schema.$async) return '$async is not part of JSON Schema';
  if (typeof schema.$schema === 'string' && !isSchemaDialect(schema.$schema)) return `it is not of the dialect ${schemaDialect}`;
  const errors = errorsOf(ajv, schema);
  return errors.length > 0 ? ajv.errorsText([...errors], { dataVar: 'it' }) : undefined;
}

function unusable(thrown: unknown): CompiledSchema {
  return { ok: false, reason: thrown instanceof Error ? thrown.message : String(thrown) };
}
