import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from '../wire/json.ts';

/** Schemas of one workflow find each other here by file name; nothing is ever fetched. */
const base = 'schemas:///';

/** A schema compiled for checking values, or the reason why it cannot be. */
export type CompiledSchema = { ok: true; validate: ValidateFunction } | { ok: false; reason: string };

/**
 * Compiles the JSON Schemas (2020-12, with formats) of a workflow, each by its name. A schema may refer to `other.json` beside it.
 * All errors of a value are reported, not the first.
 */
export function compileSchemas(schemas: ReadonlyMap<string, JsonObject>): ReadonlyMap<string, CompiledSchema> {
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, validateSchema: false });
  addFormats.default(ajv);
  for (const [name, schema] of schemas) ajv.addSchema({ ...schema, $id: `${base}${encodeURIComponent(name)}.json` });
  return new Map([...schemas.keys()].map((name) => [name, compiled(ajv, name)]));
}

function compiled(ajv: Ajv2020, name: string): CompiledSchema {
  try {
    const validate = ajv.getSchema(`${base}${encodeURIComponent(name)}.json`);
    return validate ? { ok: true, validate } : { ok: false, reason: 'it could not be compiled' };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The names of formats that are checked. */
export function knownFormats(): string[] {
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  return Object.keys(ajv.formats);
}
