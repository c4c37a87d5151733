import { EspalierError, faultOf, type GraphNode, type Json } from '@espalier/core';
import type { Handler } from '../handlers/handler.ts';
import type { NodeProgram } from '../ports/node-program.ts';
import type { SchemaCheck } from '../schema/compile-schema.ts';
import type { ImmediateWork } from './prepare.ts';

/** The schemas on both sides of a node. */
export interface NodeChecks {
  in: SchemaCheck | undefined;
  out: SchemaCheck | undefined;
}

/** A program between its node's schemas. */
export function checked(node: GraphNode, checks: NodeChecks, program: NodeProgram): NodeProgram {
  if (!checks.in && !checks.out) return program;
  return async (scope) => {
    requireValid(checks.in, scope.input, { node, code: 'node.input_invalid' });
    const result = await program(scope);
    if (result.outcome !== 'failure') requireValid(checks.out, result.output, { node, code: 'node.output_invalid' });
    return result;
  };
}

const neverAborted = new AbortController().signal;

/** A synchronous handler between its node's schemas. */
export function checkedNow(node: GraphNode, checks: NodeChecks, handler: Handler): ImmediateWork {
  const labels = node.out.flatMap((edge) => edge.label ?? []);
  return (input, task) => {
    try {
      requireValid(checks.in, input, { node, code: 'node.input_invalid' });
      const output = handler(input, { task, node: node.id, failures: [], labels, signal: neverAborted }) as Json;
      requireValid(checks.out, output, { node, code: 'node.output_invalid' });
      return { outcome: 'success', output };
    } catch (thrown) {
      return { outcome: 'failure', error: faultOf(thrown, 'node.handler_failed') };
    }
  };
}

interface Place {
  node: GraphNode;
  code: 'node.input_invalid' | 'node.output_invalid';
}

function requireValid(check: SchemaCheck | undefined, value: Json, { node, code }: Place): void {
  const faults = check?.(value) ?? [];
  if (faults.length === 0) return;
  const [side, schema] = code === 'node.input_invalid' ? ['input', node.manifest.schema_in] : ['output', node.manifest.schema_out];
  const reasons = faults.map(({ path, message }) => `${path || `the ${side}`} ${message}`);
  const details = { schema: schema ?? '', faults: faults.map((fault) => ({ ...fault })) };
  throw new EspalierError(code, `The ${side} of ${node.id} does not satisfy ${schema}: ${reasons.join('; ')}.`, { details });
}
