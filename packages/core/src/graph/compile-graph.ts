import { nearestName } from '../manifest/nearest-name.ts';
import type { EdgeManifest, NodeManifest } from '../manifest/shapes/workflow.ts';
import { checkArms } from './arms.ts';
import { buildNodes } from './build.ts';
import { assignClosers, isNamed } from './closers.ts';
import { dominatorsFrom, isOpener, splitsOverData } from './dominators.ts';
import type { Closers, Graph, GraphNode } from './graph.ts';
import type { GraphProblem } from './graph-problem.ts';
import { topologicalOrder, walk } from './order.ts';
import { mergeReach } from './reach.ts';
import { at, checkNodes, checkReachability, checkStarts } from './rules.ts';

export type GraphResult = { ok: true; graph: Graph } | { ok: false; problems: GraphProblem[] };

/**
 * Checks every rule of ENG-G and S18 and compiles what the engine asks while it runs. Rules that need a sound graph (closers) are
 * checked only if the others hold.
 */
export function compileGraph(nodes: readonly NodeManifest[], edges: readonly EdgeManifest[]): GraphResult {
  const problems: GraphProblem[] = [];
  const built = buildNodes(nodes, edges, problems);
  if (problems.length > 0) return { ok: false, problems };
  problems.push(...checkStarts(built.nodes), ...checkNodes(built.nodes), ...checkReachability(built.nodes), ...checkNames(built));
  const sorted = topologicalOrder(built.nodes);
  if ('cycle' in sorted) problems.push(cycleProblem(sorted.cycle));
  if ('cycle' in sorted || problems.length > 0) return { ok: false, problems };

  const reaches = mergeReach(sorted.order);
  const starts = built.nodes.filter((node) => node.role === 'start');
  const closers = closersByStart({ starts, order: sorted.order, byId: built.byId, reaches });
  if (closers.problems.length > 0) return { ok: false, problems: closers.problems };
  const defaultStart = starts.find((node) => node.manifest.default_start) as GraphNode;
  const closersFrom = (start: GraphNode) => closers.byStart.get(start) as Closers;
  return { ok: true, graph: Object.freeze({ ...built, starts, defaultStart, closersFrom, reaches }) };
}

interface Sound {
  starts: readonly GraphNode[];
  order: readonly GraphNode[];
  byId: ReadonlyMap<string, GraphNode>;
  reaches(node: GraphNode, merge: GraphNode): boolean;
}

function closersByStart({ starts, order, byId, reaches }: Sound) {
  const position = new Int32Array(order.length);
  order.forEach((node, place) => {
    position[node.index] = place;
  });
  const byStart = new Map<GraphNode, Closers>();
  const problems = new Map<string, GraphProblem>();
  const byEntry = new Map<GraphNode, Closers>();
  const leadsToMerge = walk(
    order.filter((node) => node.role === 'merge'),
    (node) => node.in.map((edge) => edge.from),
  );
  for (const start of starts) {
    // A start has one edge and opens nothing: those that lead to the same node share their closers.
    const entry = (start.out[0] as GraphNode['out'][number]).to;
    const known = byEntry.get(entry);
    if (known) {
      byStart.set(start, known);
      continue;
    }
    const dominators = dominatorsFrom(start, position);
    const draft = assignClosers({ dominators, byId, reaches });
    const found = [
      ...draft.problems,
      ...checkArms({ dominators, draft, position, reaches, leadsToMerge: (node) => leadsToMerge.has(node) }),
      ...checkMerges(dominators.order, draft, reaches),
    ];
    // Several starts may find the same problem: it is reported once.
    for (const problem of found) problems.set(`${problem.code} ${problem.nodes.join(' ')}`, problem);
    byStart.set(start, draft);
    byEntry.set(entry, draft);
  }
  return { byStart, problems: [...problems.values()] };
}

/** `closes` names a branch or split. */
function checkNames(built: { nodes: readonly GraphNode[]; byId: ReadonlyMap<string, GraphNode> }): GraphProblem[] {
  return built.nodes
    .filter((node) => node.role === 'merge' && isNamed(node))
    .flatMap((merge) => {
      const closes = merge.manifest.merge?.closes as string;
      const opener = built.byId.get(closes);
      if (opener && isOpener(opener)) return [];
      const openers = built.nodes.filter(isOpener).map((node) => node.id);
      const nearest = nearestName(closes, openers);
      const code = opener ? 'graph.closes_not_opener' : 'graph.closes_unknown';
      const message = opener
        ? `${merge.id} closes ${closes}, which is a ${opener.role}.`
        : `${merge.id} closes ${closes}, which is no node.`;
      return [{ ...at(merge, code, message, 'the id of a branch or split, or none'), ...(nearest === undefined ? {} : { nearest }) }];
    });
}

/** A merge of in-degree 1 closes a split over data; a quorum can be reached. */
function checkMerges(nodes: readonly GraphNode[], { openerOf, closerOf }: Closers, reaches: Sound['reaches']): GraphProblem[] {
  // Where an unclosed opener runs straight to a merge, more tasks may arrive than the opener has arms.
  const open = nodes.filter((node) => isOpener(node) && !closerOf.has(node));
  return nodes
    .filter((node) => node.role === 'merge')
    .flatMap((merge) => {
      const opener = openerOf.get(merge);
      const overData = opener !== undefined && splitsOverData(opener);
      if (merge.in.length === 1 && !overData) {
        const message = `${merge.id} has 1 edge in and closes no split over data.`;
        return [at(merge, 'graph.degree_merge', message, 'at least two edges in, or a split over data to close')];
      }
      const quorum = merge.manifest.merge?.quorum ?? 0;
      if (!opener || overData || quorum === 0 || open.some((node) => reaches(node, merge))) return [];
      const arms = opener.out.filter((edge) => reaches(edge.to, merge)).length;
      if (quorum <= arms) return [];
      const message = `${merge.id} needs ${quorum} successes, but ${opener.id} sends it ${arms} tasks.`;
      return [at(merge, 'graph.quorum_too_large', message, `a quorum of at most ${arms}`)];
    });
}

function cycleProblem(cycle: readonly GraphNode[]): GraphProblem {
  const ids = cycle.map((node) => node.id);
  const path = ids.length > 12 ? [...ids.slice(0, 10), '…', ids.at(-1)] : ids;
  const message = `Edges form a cycle: ${[...path, ids[0]].join(' → ')}.`;
  return { code: 'graph.cycle', message, nodes: ids, at: { node: (cycle[0] as GraphNode).index }, expected: 'an acyclic graph' };
}
