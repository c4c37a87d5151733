import { isJsonObject, type Json, type JsonObject } from '@espalier/core';
import { counted, type Sign } from './sign.ts';

/** Larger schemas are as hard as this one. */
const mostNodes = 2_000;

const listed = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const single = ['items', 'additionalProperties', 'not', 'if', 'then', 'else'];
const named = ['$defs', 'definitions', 'patternProperties'];

/** What an answer of this shape takes: the more fields and the deeper, the more. */
export function schemaSigns(schema: JsonObject): Sign[] {
  const { fields, depth } = sizeOf(schema);
  const weight = Math.min(0.04 + 0.01 * fields + 0.04 * Math.max(depth - 1, 0), 0.35);
  return [{ weight, reason: `answer of ${counted(fields, 'field', 'fields')}, ${counted(depth, 'level', 'levels')} deep` }];
}

function sizeOf(schema: JsonObject): { fields: number; depth: number } {
  const nodes: { node: JsonObject; depth: number }[] = [{ node: schema, depth: 0 }];
  let fields = 0;
  let deepest = 0;
  // The list grows while it is walked: without recursion no depth of nesting is too much.
  for (const { node, depth } of nodes) {
    if (nodes.length > mostNodes) break;
    const inner = objectsIn(node.properties);
    fields += inner.length;
    if (inner.length > 0) deepest = Math.max(deepest, depth + 1);
    nodes.push(...inner.slice(0, mostNodes).map((field) => ({ node: field, depth: depth + 1 })));
    nodes.push(
      ...besides(node)
        .slice(0, mostNodes)
        .map((other) => ({ node: other, depth })),
    );
  }
  return { fields, depth: deepest };
}

/** Schemas inside a schema that are not its fields. */
function besides(node: JsonObject): JsonObject[] {
  return [
    ...single.flatMap((key) => asObject(node[key])),
    ...listed.flatMap((key) => objectsIn(node[key])),
    ...named.flatMap((key) => objectsIn(node[key])),
  ];
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(asObject) : [];
}

function asObject(value: Json | undefined): JsonObject[] {
  return value !== undefined && isJsonObject(value) ? [value] : [];
}
