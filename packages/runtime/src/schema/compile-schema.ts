import { EspalierError, type Json, type JsonObject } from '@espalier/core';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readableFault } from './readable-fault.ts';

/** One way in which a value breaks a schema. */
export interface SchemaFault {
  /** JSON Pointer into the value; empty for the whole value. */
  path: string;
  message: string;
}

/** All faults of a value, none if it satisfies the schema. At most `maxFaults` are reported. */
export type SchemaCheck = (value: Json) => SchemaFault[];

/** Compiles the JSON Schemas (2020-12) of one workflow. */
export interface SchemaCompiler {
  /**
   * The check for a schema; compiled once per object. `name` is used in messages only.
   * @throws EspalierError `manifest.invalid` if it is no valid schema or refers to one that does not exist.
   */
  compile(schema: JsonObject, name?: string): SchemaCheck;
  /** The check for the workflow's schema of that name; undefined if there is none. @throws as compile. */
  named(name: string): SchemaCheck | undefined;
}

const maxFaults = 20;

/** @param schemas by name; they may refer to each other: `{ "$ref": "other" }`, `{ "$ref": "other.json#/$defs/part" }`. */
export function createSchemaCompiler(schemas: ReadonlyMap<string, JsonObject> = new Map()): SchemaCompiler {
  const ajv = createAjv(schemas);
  const compiled = new WeakMap<JsonObject, SchemaCheck>();
  const compile = (schema: JsonObject, name = 'schema'): SchemaCheck => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const check = checkWith(validator(ajv, schema, name));
    compiled.set(schema, check);
    return check;
  };
  const named = (name: string): SchemaCheck | undefined => {
    const schema = schemas.get(name);
    return schema && compile(schema, name);
  };
  return { compile, named };
}

function createAjv(schemas: ReadonlyMap<string, JsonObject>): Ajv2020 {
  // Not strict: keywords of editors and documentation (`example`, `x-…`) are common in users' schemas and change nothing.
  const ajv = new Ajv2020({ allErrors: true, strict: false, verbose: true, logger: false });
  addFormats.default(ajv);
  for (const [name, schema] of schemas) {
    try {
      ajv.addSchema(schema, name);
      // References find a schema by both names of its file. An id of its own can belong to one of them only.
      const { $id: _, ...copy } = schema;
      ajv.addSchema(copy, `${name}.json`);
    } catch (thrown) {
      throw invalid(name, thrown);
    }
  }
  return ajv;
}

function validator(ajv: Ajv2020, schema: JsonObject, name: string): ValidateFunction {
  // An asynchronous validator returns a promise, which would pass for "valid".
  if (schema.$async) throw invalid(name, new Error('$async is not part of JSON Schema'));
  try {
    return ajv.compile(schema);
  } catch (thrown) {
    throw invalid(name, thrown);
  }
}

function checkWith(validate: ValidateFunction): SchemaCheck {
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).slice(0, maxFaults).map(readableFault);
  };
}

function invalid(name: string, thrown: unknown): EspalierError {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new EspalierError('manifest.invalid', `Schema ${name} is not a usable JSON Schema (2020-12): ${reason}.`, { cause: thrown });
}
