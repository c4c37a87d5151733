import { createSchemaSet, EspalierError, type Json, type JsonObject } from '@espalier/core';
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

/** @param schemas by name; they refer to each other as they do when a workflow is loaded: `{ "$ref": "other.json#/$defs/part" }`. */
export function createSchemaCompiler(schemas: ReadonlyMap<string, JsonObject> = new Map()): SchemaCompiler {
  const set = createSchemaSet(schemas);
  const checks = new WeakMap<JsonObject, SchemaCheck>();
  const compile = (schema: JsonObject, name = 'schema'): SchemaCheck => {
    const known = checks.get(schema);
    if (known !== undefined) return known;
    const compiled = set.compile(schema);
    if (!compiled.ok) {
      throw new EspalierError('manifest.invalid', `Schema ${name} is not a usable JSON Schema (2020-12): ${compiled.reason}.`);
    }
    const check: SchemaCheck = (value) => compiled.errorsOf(value).slice(0, maxFaults).map(readableFault);
    checks.set(schema, check);
    return check;
  };
  const named = (name: string): SchemaCheck | undefined => {
    const schema = schemas.get(name);
    return schema && compile(schema, name);
  };
  return { compile, named };
}
