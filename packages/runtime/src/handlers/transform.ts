import { EspalierError, isJsonObject, type Json, type JsonObject, type NodeManifest } from '@espalier/core';
import { z } from 'zod';
import { compileExpression, type Expression } from '../expressions/expression.ts';
import { compileField } from './compile-field.ts';
import { expressionBindings } from './expression-bindings.ts';
import type { Handler, HandlerContext } from './handler.ts';
import { handlerParameters } from './handler-parameters.ts';

const schema = z.strictObject({
  expression: z.string().optional().describe('The output.'),
  set: z.record(z.string().min(1), z.string()).optional().describe('Fields added to the input object, an expression each.'),
});

/** `transform`: the value of `expression`, or the input object with the fields of `set`. Every expression sees the original input. */
export function createTransform(node: NodeManifest): Handler {
  const { expression, set } = handlerParameters(node, schema);
  if ((expression === undefined) === (set === undefined)) {
    throw new EspalierError('input.invalid', `Node ${node.id}: with: transform expects either expression or set.`, {
      details: { node: node.id, fields: ['with.expression', 'with.set'] },
    });
  }
  if (expression !== undefined) {
    const compiled = compileField(node, 'expression', () => compileExpression(expression));
    return (input, context) => compiled.evaluate(input, expressionBindings(input, context), context.signal);
  }
  const fields = Object.entries(set ?? {}).map(
    ([field, source]) => [field, compileField(node, `set.${field}`, () => compileExpression(source))] as const,
  );
  return (input, context) => setFields(fields, input, context);
}

async function setFields(fields: readonly (readonly [string, Expression])[], input: Json, context: HandlerContext): Promise<JsonObject> {
  if (!isJsonObject(input))
    throw new EspalierError('expression.failed', `Node ${context.node}: transform with set expects an object as input.`);
  const bindings = expressionBindings(input, context);
  const added: [string, Json][] = [];
  for (const [field, expression] of fields) added.push([field, await expression.evaluate(input, bindings, context.signal)]);
  return Object.fromEntries([...Object.entries(input), ...added]);
}
