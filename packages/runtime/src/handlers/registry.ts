import { type BuiltinHandler, EspalierError, type NodeManifest } from '@espalier/core';
import { createDecide } from './decide.ts';
import type { Handler, HandlerFactory } from './handler.ts';
import { createNormalise } from './normalise.ts';
import { createPass } from './pass.ts';
import { createTemplateHandler } from './template-handler.ts';
import { createTransform } from './transform.ts';

/** `tools` and `wait` are no handlers but programs: one calls tools through the gate, the other waits. */
const factories = {
  normalise: createNormalise,
  pass: createPass,
  transform: createTransform,
  decide: createDecide,
  template: createTemplateHandler,
} as const satisfies Record<Exclude<BuiltinHandler, 'tools' | 'wait'>, HandlerFactory>;

/** The handler a node names, or its default: `normalise` for a start, otherwise `pass`. */
export function handlerName(node: NodeManifest): string {
  return node.handler ?? (node.role === 'start' ? 'normalise' : 'pass');
}

/** True for the pure handlers of this folder; `tools`, `wait` and references to modules are not among them. */
export function isBuiltInHandler(name: string): name is keyof typeof factories {
  return Object.hasOwn(factories, name);
}

/**
 * The built-in handler of a node.
 * @throws EspalierError `module.invalid` if it names none; `input.invalid`, `expression.invalid` or `template.invalid` if `with` is wrong.
 */
export function createHandler(node: NodeManifest): Handler {
  const name = handlerName(node);
  if (isBuiltInHandler(name)) return factories[name](node);
  throw new EspalierError(
    'module.invalid',
    `Node ${node.id}: ${name} is not a built-in handler; expected ${Object.keys(factories).join(', ')}.`,
    {
      details: { node: node.id, handler: name },
    },
  );
}
