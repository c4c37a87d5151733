import { EspalierError, isJsonObject, type NodeManifest } from '@espalier/core';
import { z } from 'zod';
import { compileTemplate } from '../expressions/template.ts';
import { compileField } from './compile-field.ts';
import { expressionBindings } from './expression-bindings.ts';
import type { Handler } from './handler.ts';
import { handlerParameters } from './handler-parameters.ts';

const schema = z.strictObject({
  template: z.string().describe('A text with {{ expression }} placeholders.'),
  into: z.string().min(1).optional().describe('The key of the input object that gets the text; without it the text is the output.'),
});

/** `template`: the filled-in text, or the input object with the text under the key `into`. */
export function createTemplateHandler(node: NodeManifest): Handler {
  const { template: source, into } = handlerParameters(node, schema);
  const template = compileField(node, 'template', () => compileTemplate(source));
  return async (input, context) => {
    if (into !== undefined && !isJsonObject(input)) {
      throw new EspalierError('expression.failed', `Node ${context.node}: template with into expects an object as input.`);
    }
    const text = await template.evaluate(input, expressionBindings(input, context), context.signal);
    return into !== undefined && isJsonObject(input) ? Object.fromEntries([...Object.entries(input), [into, text]]) : text;
  };
}
