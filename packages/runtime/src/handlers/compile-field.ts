import { EspalierError, type NodeManifest } from '@espalier/core';

/**
 * Compiles the text of one field of a node.
 * @throws EspalierError as `compile` does, with the node and the field in message and details.
 */
export function compileField<Compiled>(node: NodeManifest, field: string, compile: () => Compiled): Compiled {
  try {
    return compile();
  } catch (thrown) {
    if (!(thrown instanceof EspalierError)) throw thrown;
    throw new EspalierError(thrown.code, `Node ${node.id}: with.${field}: ${thrown.message}`, {
      details: { ...thrown.details, node: node.id, fields: [`with.${field}`] },
    });
  }
}
