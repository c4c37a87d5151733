import { EspalierError, type NodeManifest, type Workflow } from '@espalier/core';
import { createHandler, handlerName } from './registry.ts';

/** A node whose handler cannot be made, and why. */
export interface HandlerFault {
  node: string;
  error: EspalierError;
}

/**
 * Makes every built-in handler of a workflow once, so that a wrong `with` or expression is known before a run: all of them at once, in
 * file order. References to modules and the handler `tools` are checked by those who load them.
 */
export function checkHandlers(workflow: Pick<Workflow, 'graph'>): HandlerFault[] {
  return workflow.graph.nodes.flatMap(({ manifest }) => handlerFault(manifest) ?? []);
}

function handlerFault(node: NodeManifest): HandlerFault | undefined {
  const name = handlerName(node);
  if (node.kind !== 'deterministic' || name === 'tools' || name.startsWith('./')) return undefined;
  try {
    createHandler(node);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof EspalierError) return { node: node.id, error: thrown };
    throw thrown;
  }
}
