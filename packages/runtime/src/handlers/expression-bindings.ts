import type { Json } from '@espalier/core';
import type { Bindings } from '../expressions/evaluation.ts';
import type { HandlerContext } from './handler.ts';

/** What `$input`, `$failures`, `$task` and `$node` mean in the expressions of a node. */
export function expressionBindings(input: Json, context: HandlerContext): Bindings {
  return { input, failures: [...context.failures], task: context.task, node: context.node };
}
