import type { JsonObject } from '@espalier/core';
import { maxListedFiles } from './workspace-listing.ts';

const path = { type: 'string', minLength: 1, description: 'Relative to the tool’s root, with forward slashes.' };
const size = { type: 'integer', minimum: 0, description: 'In bytes.' };

/** The schemas of one built-in tool. */
export interface ToolSchemas {
  readonly in: JsonObject;
  readonly out: JsonObject;
}

/** JSON Schemas of the arguments and results of the file tools, used where a manifest names none of its own. */
export const filesystemSchemas = {
  read_file: {
    in: closed({ path }, ['path']),
    out: closed({ path, content: { type: 'string' }, size }, ['path', 'content', 'size']),
  },
  write_file: {
    in: closed({ path, content: { type: 'string' }, mode: { enum: ['create', 'overwrite'], default: 'overwrite' } }, ['path', 'content']),
    out: closed({ path, size, created: { type: 'boolean' } }, ['path', 'size', 'created']),
  },
  list_files: {
    in: closed({ path, recursive: { type: 'boolean', default: false } }, []),
    out: closed(
      {
        files: { type: 'array', maxItems: maxListedFiles, items: closed({ path, size }, ['path', 'size']) },
        truncated: { type: 'boolean', description: 'There are more files than are listed.' },
      },
      ['files', 'truncated'],
    ),
  },
} as const satisfies Record<string, ToolSchemas>;

function closed(properties: JsonObject, required: string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}
