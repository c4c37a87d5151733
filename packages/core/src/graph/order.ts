import type { GraphNode } from './graph.ts';

/** Nodes in a topological order that keeps file order where it can, or one cycle as the ids along it. */
export function topologicalOrder(nodes: readonly GraphNode[]): { order: GraphNode[] } | { cycle: GraphNode[] } {
  const waiting = nodes.map((node) => node.in.length);
  const order = nodes.filter((node) => node.in.length === 0);
  for (let next = 0; next < order.length; next += 1) {
    for (const edge of (order[next] as GraphNode).out) {
      const left = (waiting[edge.to.index] as number) - 1;
      waiting[edge.to.index] = left;
      if (left === 0) order.push(edge.to);
    }
  }
  if (order.length === nodes.length) return { order };
  return { cycle: findCycle(nodes.filter((node) => (waiting[node.index] as number) > 0)) };
}

/** Walks backwards from a node that has unresolved predecessors only: within `stuck` every node has one. */
function findCycle(stuck: readonly GraphNode[]): GraphNode[] {
  const inStuck = new Set(stuck);
  const path: GraphNode[] = [];
  const seen = new Map<GraphNode, number>();
  let node = stuck[0] as GraphNode;
  while (!seen.has(node)) {
    seen.set(node, path.length);
    path.push(node);
    node = (node.in.find((edge) => inStuck.has(edge.from)) as GraphNode['in'][number]).from;
  }
  return path.slice(seen.get(node)).reverse();
}

/** Every node that a walk along `next` meets from `from`, itself included. */
export function walk(from: readonly GraphNode[], next: (node: GraphNode) => Iterable<GraphNode>): Set<GraphNode> {
  const met = new Set(from);
  for (const node of met) for (const neighbour of next(node)) met.add(neighbour);
  return met;
}
