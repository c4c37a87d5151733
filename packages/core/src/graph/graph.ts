import type { EdgeManifest, NodeManifest, Role } from '../manifest/shapes/workflow.ts';

/** A node with its place in the graph. `index` is its position in the manifest. */
export interface GraphNode {
  readonly index: number;
  readonly id: string;
  readonly role: Role;
  readonly manifest: NodeManifest;
  /** Edges in file order. */
  readonly out: readonly GraphEdge[];
  readonly in: readonly GraphEdge[];
}

/** An edge. `index` is its position in the manifest. */
export interface GraphEdge {
  readonly index: number;
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly label: string | undefined;
  readonly manifest: EdgeManifest;
}

/** The compiled graph: frozen data plus the two questions that the engine asks while it runs. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly byId: ReadonlyMap<string, GraphNode>;
  readonly defaultStart: GraphNode;
  readonly starts: readonly GraphNode[];
  /** Which merge closes which opener, for runs from that start (S18). */
  closersFrom(start: GraphNode): Closers;
  /** Whether a path leads from `node` to `merge`; a merge reaches itself. O(1). */
  reaches(node: GraphNode, merge: GraphNode): boolean;
}

/** The openers (branch, split) and the merges that close them, for one start. */
export interface Closers {
  readonly closerOf: ReadonlyMap<GraphNode, GraphNode>;
  readonly openerOf: ReadonlyMap<GraphNode, GraphNode>;
}
