import { EspalierError, type NodeManifest, nearestName } from '@espalier/core';
import type { z } from 'zod';

/**
 * The `with` of a node, parsed strictly.
 * @throws EspalierError `input.invalid` naming the node, the field and, for an unknown field, the nearest valid name.
 */
export function handlerParameters<Shape extends z.ZodRawShape>(
  node: NodeManifest,
  schema: z.ZodObject<Shape>,
): z.infer<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(node.with);
  if (parsed.success) return parsed.data;
  const fields = Object.keys(schema.shape);
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, fields));
  throw new EspalierError('input.invalid', `Node ${node.id}: ${faults.map((fault) => fault.message).join('; ')}`, {
    details: { node: node.id, fields: faults.map((fault) => fault.field) },
  });
}

interface FieldFault {
  field: string;
  message: string;
}

function faultsOf(issue: z.core.$ZodIssue, fields: readonly string[]): FieldFault[] {
  const path = ['with', ...issue.path].join('.');
  if (issue.code !== 'unrecognized_keys') return [{ field: path, message: `${path}: ${issue.message}` }];
  return issue.keys.map((key) => ({
    field: `${path}.${key}`,
    message: `${path}.${key}: unknown field${suggestion(key, issue.path.length === 0 ? fields : [])}`,
  }));
}

function suggestion(key: string, fields: readonly string[]): string {
  const nearest = nearestName(key, fields);
  if (nearest !== undefined) return `; did you mean ${nearest}?`;
  return fields.length === 0 ? '' : `; expected ${fields.join(', ')}`;
}
