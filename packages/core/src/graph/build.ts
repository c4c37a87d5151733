import { nearestName } from '../manifest/nearest-name.ts';
import type { EdgeManifest, NodeManifest } from '../manifest/shapes/workflow.ts';
import type { GraphEdge, GraphNode } from './graph.ts';
import type { GraphProblem } from './graph-problem.ts';

/** A node while its edges are being attached. */
interface OpenNode extends GraphNode {
  readonly out: GraphEdge[];
  readonly in: GraphEdge[];
}

/** Nodes and edges linked to one another; edges with an unknown end are left out and reported. */
export function buildNodes(nodes: readonly NodeManifest[], edges: readonly EdgeManifest[], problems: GraphProblem[]) {
  const open: OpenNode[] = nodes.map((manifest, index) => ({ index, id: manifest.id, role: manifest.role, manifest, out: [], in: [] }));
  const byId = new Map<string, OpenNode>();
  for (const node of open) {
    if (byId.has(node.id)) problems.push(duplicate(node));
    else byId.set(node.id, node);
  }
  const linked: GraphEdge[] = [];
  edges.forEach((manifest, index) => {
    const [from, to] = [byId.get(manifest.from), byId.get(manifest.to)];
    if (!from) problems.push(unknownEnd({ index, end: 'from', id: manifest.from }, byId));
    if (!to) problems.push(unknownEnd({ index, end: 'to', id: manifest.to }, byId));
    if (!from || !to) return;
    const edge: GraphEdge = { index, from, to, label: manifest.label, manifest };
    from.out.push(edge);
    to.in.push(edge);
    linked.push(edge);
  });
  return { nodes: open as readonly GraphNode[], edges: linked as readonly GraphEdge[], byId: byId as ReadonlyMap<string, GraphNode> };
}

function duplicate(node: GraphNode): GraphProblem {
  const message = `A node with the id ${node.id} exists already.`;
  return { code: 'graph.duplicate_node', message, nodes: [node.id], at: { node: node.index }, expected: 'an id used once' };
}

function unknownEnd(edge: { index: number; end: 'from' | 'to'; id: string }, known: ReadonlyMap<string, unknown>): GraphProblem {
  const nearest = nearestName(edge.id, known.keys());
  return {
    code: 'graph.unknown_node',
    message: `The edge’s “${edge.end}” names ${edge.id}, which is no node.`,
    nodes: [edge.id],
    at: { edge: edge.index },
    expected: 'the id of a node',
    ...(nearest === undefined ? {} : { nearest }),
  };
}
