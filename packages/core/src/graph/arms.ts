import { type ClosersDraft, parallel } from './closers.ts';
import { type Dominators, isOpener, splitsOverData } from './dominators.ts';
import type { GraphNode } from './graph.ts';
import type { GraphProblem } from './graph-problem.ts';
import { at } from './rules.ts';

/** More than one task of the opener can be here: no single arm leads to the node. */
const several = Symbol('several arms');
type Arm = number | typeof several;

/** The arm of the task that goes on behind the closer. */
const afterCloser = -1;

/**
 * Refuses merges at which tasks of one opener would meet although the merge does not close it (S18): each would pass through alone,
 * and the work behind would be done twice.
 */
export function checkArms(scope: ArmsScope): GraphProblem[] {
  const { dominators, draft } = scope;
  const sealed = new Map<GraphNode, GraphNode>();
  // Inner openers first: what lies between them and their closers need not be looked at again.
  return dominators.order
    .filter(isOpener)
    .reverse()
    .flatMap((opener) => {
      const merge = firstForeignMeeting({ ...scope, sealed, opener });
      if (!merge) return [];
      const closer = draft.closerOf.get(opener);
      if (closer && dominators.dominates(opener, merge)) return [parallel(opener, closer, merge)];
      const message = `${merge.id} joins arms of ${opener.id}, but does not close it: a task can reach ${merge.id} without passing ${opener.id}.`;
      const expected = `a merge of ${opener.id}’s arms before ${merge.id}`;
      return [{ ...at(merge, 'graph.opener_not_dominating', message, expected), nodes: [opener.id, merge.id] }];
    });
}

interface ArmsScope {
  dominators: Dominators;
  draft: ClosersDraft;
  /** Each node's place in a topological order, by node index. */
  position: Int32Array;
  reaches(node: GraphNode, merge: GraphNode): boolean;
  /** Whether any merge can be reached: behind the last one there is nothing to check. */
  leadsToMerge(node: GraphNode): boolean;
}

interface Search extends ArmsScope {
  /** Openers that no arm leaves but through their closers. */
  sealed: Map<GraphNode, GraphNode>;
  opener: GraphNode;
}

/**
 * Colours what lies behind the opener with the arm that leads there, in topological order, and stops where only the closer is left:
 * the cost is the size of the region between opener and closer.
 */
function firstForeignMeeting(search: Search): GraphNode | undefined {
  const { opener, draft, sealed } = search;
  const closer = draft.closerOf.get(opener);
  const frontier = new Frontier(search.position);
  opener.out.forEach((edge, arm) => {
    goOn(search, frontier, [edge.to, splitsOverData(opener) ? several : arm]);
  });
  for (let next = frontier.take(); next; next = frontier.take()) {
    const [node, arm] = next;
    if (node === closer && frontier.size === 0) {
      sealed.set(opener, closer);
      return undefined;
    }
    if (node !== closer && isForeign(search, node, arm === several)) return node;
    const onwards = node === closer ? afterCloser : arm;
    const beyond = sealed.get(node);
    for (const to of beyond ? [beyond] : node.out.map((edge) => edge.to)) goOn(search, frontier, [to, onwards]);
  }
  return undefined;
}

/** Behind the last merge there is nothing to check. */
function goOn(search: Search, frontier: Frontier, [to, arm]: [GraphNode, Arm]): void {
  if (search.leadsToMerge(to)) frontier.reach(to, arm);
}

/**
 * A merge inside the opener's region that closes something further out, or that several arms would pass one by one. Tasks may run straight
 * to an outer merge that names its opener, as long as their own closer does not come after it: closers nest.
 */
function isForeign({ dominators, draft, opener, reaches }: Search, node: GraphNode, met: boolean): boolean {
  const closes = node.manifest.merge?.closes;
  if (node.role !== 'merge' || closes === 'none') return false;
  const closer = draft.closerOf.get(opener);
  const before = closer !== undefined && reaches(node, closer);
  const inner = draft.openerOf.get(node);
  if (inner) return !dominators.dominates(opener, inner) && (before || (met && closes === undefined));
  return met && !(before && splitsOverData(opener));
}

/** Coloured nodes still to be visited, lowest topological position first (a binary heap). */
class Frontier {
  readonly #position: Int32Array;
  readonly #arms = new Map<GraphNode, Arm>();
  readonly #heap: GraphNode[] = [];

  constructor(position: Int32Array) {
    this.#position = position;
  }

  get size(): number {
    return this.#heap.length;
  }

  reach(node: GraphNode, arm: Arm): void {
    const before = this.#arms.get(node);
    this.#arms.set(node, before === undefined || before === arm ? arm : several);
    if (before === undefined) this.#push(node);
  }

  take(): [GraphNode, Arm] | undefined {
    const top = this.#heap[0];
    if (!top) return undefined;
    const last = this.#heap.pop() as GraphNode;
    if (this.#heap.length > 0) this.#sink(last);
    return [top, this.#arms.get(top) as Arm];
  }

  #push(node: GraphNode): void {
    let hole = this.#heap.push(node) - 1;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = this.#heap[above] as GraphNode;
      if (this.#at(parent) <= this.#at(node)) break;
      this.#heap[hole] = parent;
      hole = above;
    }
    this.#heap[hole] = node;
  }

  #sink(node: GraphNode): void {
    let hole = 0;
    for (let below = 1; below < this.#heap.length; below = 2 * hole + 1) {
      const right = this.#heap[below + 1];
      if (right && this.#at(right) < this.#at(this.#heap[below] as GraphNode)) below += 1;
      const child = this.#heap[below] as GraphNode;
      if (this.#at(node) <= this.#at(child)) break;
      this.#heap[hole] = child;
      hole = below;
    }
    this.#heap[hole] = node;
  }

  #at(node: GraphNode): number {
    return this.#position[node.index] as number;
  }
}
