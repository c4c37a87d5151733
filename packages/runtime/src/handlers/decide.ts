import { EspalierError, type Json, type NodeManifest } from '@espalier/core';
import { z } from 'zod';
import { compileExpression } from '../expressions/expression.ts';
import { compileField } from './compile-field.ts';
import { expressionBindings } from './expression-bindings.ts';
import type { Handler } from './handler.ts';
import { handlerParameters } from './handler-parameters.ts';

const label = z.string().min(1).describe('The label of an edge.');
const schema = z.strictObject({
  rules: z.array(z.strictObject({ when: z.string().describe('An expression.'), label })),
  default: label.optional().describe('The label if no rule applies.'),
});

/**
 * `decide`: the label of the first rule whose expression is truthy (JSONata’s `$boolean`), else `default`.
 * The handler throws EspalierError `decision.no_edge`, listing the labels, if there is none or no edge carries it.
 */
export function createDecide(node: NodeManifest): Handler {
  const parameters = handlerParameters(node, schema);
  const rules = parameters.rules.map((rule, index) => ({
    label: rule.label,
    when: compileField(node, `rules.${index}.when`, () => compileExpression(rule.when)),
  }));
  return async (input, context) => {
    const bindings = expressionBindings(input, context);
    for (const rule of rules) {
      if (isTruthy(await rule.when.evaluate(input, bindings, context.signal))) return checked(rule.label, context);
    }
    return checked(parameters.default, context);
  };
}

function checked(chosen: string | undefined, context: { node: string; labels: readonly string[] }): string {
  if (chosen !== undefined && context.labels.includes(chosen)) return chosen;
  const found = chosen === undefined ? 'no rule applies and there is no default' : `no edge is labelled ${chosen}`;
  throw new EspalierError('decision.no_edge', `Node ${context.node}: ${found}; expected one of ${context.labels.join(', ')}.`, {
    details: { node: context.node, labels: [...context.labels], ...(chosen === undefined ? {} : { label: chosen }) },
  });
}

/** As `$boolean` of JSONata: false, 0, null, empty text, empty objects and lists without a truthy item are not. */
function isTruthy(value: Json): boolean {
  if (Array.isArray(value)) return value.some(isTruthy);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
