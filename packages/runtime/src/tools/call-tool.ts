import type { EffectResult, Json, JsonObject } from '@espalier/core';
import type { NodeScope } from '../ports/node-program.ts';
import type { SchemaCompiler } from '../schema/compile-schema.ts';
import type { PlannedCall } from './tool-plan.ts';

/** What a tool call needs besides the call. */
export interface ToolSurroundings {
  /** Absolute path of the directory that file tools are confined to. */
  workspace: string;
  schemas: SchemaCompiler;
  /** The agent that asks, if one does. */
  agent?: string;
}

/** One call of a plan, through the gate and into the journal. */
export function callTool(scope: NodeScope, call: PlannedCall, parts: ToolSurroundings): Promise<EffectResult> {
  const { tool, input } = call;
  const { id, idempotent, risk } = tool.manifest;
  return scope.effect({
    kind: 'tool',
    target: id,
    input,
    keepInput: true,
    idempotent,
    risk,
    ...(parts.agent === undefined ? {} : { agent: parts.agent }),
    checkInput: tool.schemaIn && parts.schemas.compile(tool.schemaIn, `of the input of tool ${id}`),
    perform: async (permit, signal) => {
      const result = await tool.call(permit, input, { workspace: parts.workspace, signal });
      return result.outcome === 'failure' ? result : checkOutput(tool.schemaOut, { id, schemas: parts.schemas, result });
    },
  });
}

type Succeeded = Extract<EffectResult, { output: Json }>;

function checkOutput<T extends Succeeded>(schema: JsonObject | undefined, call: { id: string; schemas: SchemaCompiler; result: T }) {
  const faults = schema ? call.schemas.compile(schema, `of the output of tool ${call.id}`)(call.result.output) : [];
  if (faults.length === 0) return call.result;
  const reasons = faults.map(({ path, message }) => `${path || 'the output'} ${message}`).join('; ');
  const message = `The output of tool ${call.id} does not satisfy its schema: ${reasons}.`;
  return { outcome: 'failure', error: { code: 'tool.output_invalid', message } } as const;
}

/** What the rest of the workflow, and an agent, see of a call. */
export function toolReport({ tool }: PlannedCall, result: EffectResult): JsonObject {
  const { id } = tool.manifest;
  if (result.outcome !== 'failure') return { tool: id, outcome: result.outcome, output: result.output };
  return { tool: id, outcome: 'failure', error: { code: result.error.code, message: result.error.message } };
}
