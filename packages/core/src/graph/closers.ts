import { type Dominators, isOpener, splitsOverData } from './dominators.ts';
import type { Closers, GraphNode } from './graph.ts';
import type { GraphProblem } from './graph-problem.ts';
import { at } from './rules.ts';

/** What assigning closers reads and fills, for one start. */
export interface ClosersDraft extends Closers {
  readonly closerOf: Map<GraphNode, GraphNode>;
  readonly openerOf: Map<GraphNode, GraphNode>;
  readonly problems: GraphProblem[];
}

interface Scope {
  dominators: Dominators;
  byId: ReadonlyMap<string, GraphNode>;
  reaches(node: GraphNode, merge: GraphNode): boolean;
}

/**
 * Says for every merge which opener it closes (S18): the one it names, or else the nearest one up its dominator chain that no other
 * merge closes. A merge that closes none is a rejoin.
 */
export function assignClosers(scope: Scope): ClosersDraft {
  const draft: ClosersDraft = { closerOf: new Map(), openerOf: new Map(), problems: [] };
  const merges = scope.dominators.order.filter((node) => node.role === 'merge');
  for (const merge of merges) if (isNamed(merge)) assignNamed(scope, draft, merge);
  for (const merge of merges) if (merge.manifest.merge?.closes === undefined) assignNearest(scope, draft, merge);
  return draft;
}

/** Whether the merge names the opener that it closes; `none` forces a rejoin. */
export function isNamed(merge: GraphNode): boolean {
  const closes = merge.manifest.merge?.closes;
  return closes !== undefined && closes !== 'none';
}

function assignNamed(scope: Scope, draft: ClosersDraft, merge: GraphNode): void {
  const opener = scope.byId.get(merge.manifest.merge?.closes as string);
  if (!opener || !isOpener(opener)) return; // reported once for the graph, not for every start
  const taken = draft.closerOf.get(opener);
  if (taken) {
    const message = `${merge.id} and ${taken.id} both close ${opener.id}.`;
    draft.problems.push({ ...at(merge, 'graph.closes_taken', message), nodes: [taken.id, merge.id, opener.id] });
  } else if (!scope.dominators.dominates(opener, merge)) {
    const message = `${merge.id} closes ${opener.id}, but a task can reach ${merge.id} without passing ${opener.id}.`;
    draft.problems.push({ ...at(merge, 'graph.closes_not_dominating', message), nodes: [merge.id, opener.id] });
  } else close(draft, opener, merge);
}

function assignNearest(scope: Scope, draft: ClosersDraft, merge: GraphNode): void {
  for (let opener = scope.dominators.openerAbove(merge); opener; opener = scope.dominators.openerAbove(opener)) {
    if (!canClose(scope, opener, merge)) continue;
    const closer = draft.closerOf.get(opener);
    if (!closer) {
      close(draft, opener, merge);
      return;
    }
    // After the closer the opener is history: look further up. Before it, the merge joins arms inside: a rejoin.
    if (scope.dominators.dominates(closer, merge)) continue;
    if (!scope.reaches(merge, closer)) draft.problems.push(parallel(opener, closer, merge));
    return;
  }
}

/** At least two of the opener's edges reach the merge, or the opener splits over data, which alone a merge of in-degree 1 closes. */
function canClose(scope: Scope, opener: GraphNode, merge: GraphNode): boolean {
  if (splitsOverData(opener)) return true;
  if (merge.in.length < 2) return false;
  let arms = 0;
  for (const edge of opener.out) {
    if (scope.reaches(edge.to, merge)) arms += 1;
    if (arms === 2) return true;
  }
  return false;
}

function close(draft: ClosersDraft, opener: GraphNode, merge: GraphNode): void {
  draft.closerOf.set(opener, merge);
  draft.openerOf.set(merge, opener);
}

/** Two merges compete for one opener. */
export function parallel(opener: GraphNode, closer: GraphNode, merge: GraphNode): GraphProblem {
  const message = `${closer.id} and ${merge.id} both join arms of ${opener.id}, and neither comes after the other.`;
  const expected = `one merge that closes ${opener.id}; set merge.closes: none on the one that only rejoins decision arms`;
  return { ...at(merge, 'graph.parallel_closers', message, expected), nodes: [opener.id, closer.id, merge.id] };
}
