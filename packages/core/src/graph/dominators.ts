import type { GraphNode } from './graph.ts';
import { walk } from './order.ts';

/** The dominator tree of what one start reaches. `a` dominates `b` if every path from the start to `b` passes `a`. */
export interface Dominators {
  /** What the start reaches, in topological order. */
  readonly order: readonly GraphNode[];
  has(node: GraphNode): boolean;
  /** Reflexive. O(log depth). */
  dominates(above: GraphNode, below: GraphNode): boolean;
  /** The nearest branch or split that strictly dominates the node. */
  openerAbove(node: GraphNode): GraphNode | undefined;
}

/** A node's place in the tree; `jump` skips a growing number of ancestors, so that any ancestor is O(log depth) away. */
interface Place {
  node: GraphNode;
  depth: number;
  parent: Place;
  jump: Place;
  opener: GraphNode | undefined;
}

/**
 * One pass in topological order suffices because the graph is acyclic (Cooper, Harvey, Kennedy 2001, without the iteration).
 * @param position each node's place in a topological order, by node index
 */
export function dominatorsFrom(start: GraphNode, position: Int32Array): Dominators {
  const reached = [...walk([start], (node) => node.out.map((edge) => edge.to))];
  const order = reached.sort((a, b) => (position[a.index] as number) - (position[b.index] as number));
  const places = new Map<GraphNode, Place>();
  places.set(start, rootPlace(start));
  for (const node of order) {
    if (node === start) continue;
    let parent: Place | undefined;
    for (const edge of node.in) {
      const place = places.get(edge.from);
      if (place) parent = parent ? commonAncestor(parent, place) : place;
    }
    if (parent) places.set(node, placeBelow(parent, node));
  }
  const placeOf = (node: GraphNode) => places.get(node) as Place;
  return {
    order,
    has: (node) => places.has(node),
    dominates: (above, below) => places.has(above) && ancestorAt(placeOf(below), placeOf(above).depth).node === above,
    openerAbove: (node) => placeOf(node).opener,
  };
}

function rootPlace(node: GraphNode): Place {
  const place = { node, depth: 0, opener: undefined } as Partial<Place>;
  place.parent = place as Place;
  place.jump = place as Place;
  return place as Place;
}

function placeBelow(parent: Place, node: GraphNode): Place {
  const even = parent.depth - parent.jump.depth === parent.jump.depth - parent.jump.jump.depth;
  const opener = isOpener(parent.node) ? parent.node : parent.opener;
  return { node, depth: parent.depth + 1, parent, jump: even ? parent.jump.jump : parent, opener };
}

function ancestorAt(place: Place, depth: number): Place {
  let at = place;
  while (at.depth > depth) at = at.jump.depth >= depth ? at.jump : at.parent;
  return at;
}

function commonAncestor(left: Place, right: Place): Place {
  const depth = Math.min(left.depth, right.depth);
  let [a, b] = [ancestorAt(left, depth), ancestorAt(right, depth)];
  while (a !== b) {
    if (a.jump === b.jump) [a, b] = [a.parent, b.parent];
    else [a, b] = [a.jump, b.jump];
  }
  return a;
}

/** Branches and splits open what merges close. */
export function isOpener(node: GraphNode): boolean {
  return node.role === 'branch' || node.role === 'split';
}

/** Whether a split makes one subtask per item of a list, rather than one per edge. */
export function splitsOverData(node: GraphNode): boolean {
  return node.role === 'split' && node.manifest.split !== undefined;
}
