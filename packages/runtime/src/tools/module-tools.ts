import { copyJson, EspalierError, type Json, jsonFault, type ToolManifest } from '@espalier/core';
import { Permit } from '../gate/permit.ts';
import { loadExport, type ModuleFunction } from '../modules/load-export.ts';
import type { Tool, ToolContext, ToolResult } from '../ports/tool.ts';
import { boundedCall } from './bounded-call.ts';
import type { DeclaredSchemas } from './filesystem-tools.ts';

/**
 * A tool of type module: the function `fn(input, { signal, workspace })` of a file in the workflow's directory. What it returns is the
 * output; what it throws becomes outcome failure. It runs in this process with this process's rights: it is code of the operator (S26).
 * @throws EspalierError `module.invalid`, `manifest.module_not_allowed`.
 */
export async function loadModuleTool(directory: string, manifest: ToolManifest, schemas: DeclaredSchemas): Promise<Tool> {
  const fn = await loadExport(directory, manifest.entrypoint);
  return {
    manifest,
    schemaIn: schemas.in,
    schemaOut: schemas.out,
    async call(permit, input, { workspace, signal }) {
      Permit.redeem(permit, 'tool', manifest.id);
      return boundedCall(manifest, signal, (bounded) => callFunction(fn, input, { workspace, signal: bounded }));
    },
  };
}

/** The function gets and gives copies: it can change neither the input nor, later, the output that the journal holds. */
async function callFunction(fn: ModuleFunction, input: Json, context: ToolContext): Promise<ToolResult> {
  const output = await fn(copyJson(input), context);
  const fault = jsonFault(output);
  if (fault)
    throw new EspalierError('payload.invalid_text', `The tool's result is not JSON at ${JSON.stringify(fault.path)}: ${fault.reason}.`);
  return { outcome: 'success', output: copyJson(output as Json) };
}
