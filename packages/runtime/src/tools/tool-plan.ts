import { type Fault, isJsonObject, type JsonObject, jsonFault, jsonPointer } from '@espalier/core';
import { z } from 'zod';
import type { Tool } from '../ports/tool.ts';
import type { SchemaCompiler } from '../schema/compile-schema.ts';

/** The most calls that one plan may ask for. */
export const maxPlannedCalls = 50;

/** An agent's request to call tools, in this order. */
const toolPlanSchema = z
  .array(z.strictObject({ tool: z.string().min(1), input: z.custom<JsonObject>(isJsonObject, 'expected an object') }))
  .max(maxPlannedCalls);
type ToolPlan = z.infer<typeof toolPlanSchema>;

/** A call of a plan that may be put before the gate. */
export interface PlannedCall {
  tool: Tool;
  input: JsonObject;
}

/** Either every call of the plan is in order, or none is made and `misuse` lists all that is wrong. */
export type CheckedPlan = { ok: true; calls: PlannedCall[] } | { ok: false; misuse: Fault[] };

/**
 * Checks what an agent asked for against the tools that its node declares. Misuse is told in words the agent can act on (S19, ENG-X4):
 * each message begins with the JSON Pointer, into the plan, of what is wrong.
 */
export function checkToolPlan(plan: unknown, allowed: ReadonlyMap<string, Tool>, schemas: SchemaCompiler): CheckedPlan {
  const text = jsonFault(plan);
  if (text) return { ok: false, misuse: [inputFault(text.path, text.reason)] };
  const parsed = toolPlanSchema.safeParse(plan);
  if (!parsed.success) {
    return { ok: false, misuse: parsed.error.issues.map(({ path, message }) => inputFault(jsonPointer(path), message)) };
  }
  const checked = parsed.data.map((call, index) => checkCall(call, { at: `/${index}`, allowed, schemas }));
  const misuse = checked.flatMap((call) => ('tool' in call ? [] : call.misuse));
  return misuse.length > 0 ? { ok: false, misuse } : { ok: true, calls: checked.filter((call) => 'tool' in call) };
}

interface CallCheck {
  /** JSON Pointer of the call in its plan. */
  at: string;
  allowed: ReadonlyMap<string, Tool>;
  schemas: SchemaCompiler;
}

function checkCall({ tool: id, input }: ToolPlan[number], { at, allowed, schemas }: CallCheck): PlannedCall | { misuse: Fault[] } {
  const tool = allowed.get(id);
  if (tool === undefined) return { misuse: [unknownTool(id, at, allowed)] };
  if (tool.schemaIn === undefined) return { tool, input };
  const faults = schemas.compile(tool.schemaIn, `of the input of tool ${id}`)(input);
  if (faults.length === 0) return { tool, input };
  return { misuse: faults.map(({ path, message }) => inputFault(`${at}/input${path}`, `${message} (tool ${id})`)) };
}

function unknownTool(id: string, at: string, allowed: ReadonlyMap<string, Tool>): Fault {
  const known = allowed.size === 0 ? 'it may use no tools' : `it may use ${[...allowed.keys()].join(', ')}`;
  const message = `${at}/tool: ${JSON.stringify(id.slice(0, 100))} is not a tool of this node; ${known}.`;
  return { code: 'tool.unknown', message, details: { path: `${at}/tool` } };
}

function inputFault(path: string, reason: string): Fault {
  return { code: 'tool.input_invalid', message: `${path || 'the plan'}: ${reason}.`, details: { path } };
}
