import type { Role } from '../manifest/shapes/workflow.ts';
import type { GraphEdge, GraphNode } from './graph.ts';
import type { GraphProblem, GraphProblemCode } from './graph-problem.ts';
import { walk } from './order.ts';

interface Degrees {
  in: readonly [number, number];
  out: readonly [number, number];
  expected: string;
}

const many = Number.POSITIVE_INFINITY;

/** In- and out-degrees by role; that a merge of in-degree 1 closes a split over data is checked where closers are known. */
const degrees: Record<Role, Degrees> = {
  start: { in: [0, 0], out: [1, 1], expected: 'no edge in and exactly one out' },
  linear: { in: [1, 1], out: [1, 1], expected: 'exactly one edge in and one out' },
  decision: { in: [1, 1], out: [2, many], expected: 'exactly one edge in and at least two out' },
  branch: { in: [1, 1], out: [2, many], expected: 'exactly one edge in and at least two out' },
  split: { in: [1, 1], out: [1, many], expected: 'exactly one edge in and at least one out' },
  merge: { in: [1, many], out: [1, 1], expected: 'at least two edges in (one if it closes a split over data) and exactly one out' },
  exit: { in: [1, many], out: [0, 0], expected: 'at least one edge in and none out' },
};

/** Degrees and labels of every node. */
export function checkNodes(nodes: readonly GraphNode[]): GraphProblem[] {
  return nodes.flatMap((node) => [...checkDegrees(node), ...(node.role === 'decision' ? checkLabels(node) : [])]);
}

function checkDegrees(node: GraphNode): GraphProblem[] {
  const {
    in: [minIn, maxIn],
    out: [minOut, maxOut],
    expected,
  } = degrees[node.role];
  const [into, out] = [node.in.length, node.out.length];
  if (into >= minIn && into <= maxIn && out >= minOut && out <= maxOut) return [];
  const code = `graph.degree_${node.role}` as const satisfies GraphProblemCode;
  return [at(node, code, `${node.id} (${node.role}) has ${count(into)} in and ${count(out)} out.`, expected)];
}

function checkLabels(node: GraphNode): GraphProblem[] {
  const seen = new Set<string>();
  const problems: GraphProblem[] = [];
  for (const edge of node.out) {
    if (edge.label === undefined) {
      problems.push(onEdge(edge, 'graph.label_missing', `The edge from decision ${node.id} to ${edge.to.id} has no label.`));
    } else if (seen.has(edge.label)) {
      problems.push(onEdge(edge, 'graph.label_duplicate', `Decision ${node.id} has two edges labelled ${edge.label}.`));
    } else seen.add(edge.label);
  }
  return problems;
}

/** There is a start, exactly one default start, and an exit. */
export function checkStarts(nodes: readonly GraphNode[]): GraphProblem[] {
  const problems: GraphProblem[] = [];
  const marked = nodes.filter((node) => node.manifest.default_start);
  const defaults = marked.filter((node) => node.role === 'start');
  for (const node of marked) {
    if (node.role !== 'start') problems.push(at(node, 'graph.default_start_role', `${node.id} is a ${node.role}, not a start.`));
  }
  if (!nodes.some((node) => node.role === 'start')) problems.push(whole('graph.no_start', 'The workflow has no start node.'));
  else if (defaults.length === 0) problems.push(whole('graph.default_start_missing', 'No start node has default_start: true.'));
  for (const node of defaults.slice(1)) {
    const first = defaults[0] as GraphNode;
    problems.push({
      ...at(node, 'graph.default_start_ambiguous', `${first.id} is the default start already.`),
      nodes: [first.id, node.id],
    });
  }
  if (!nodes.some((node) => node.role === 'exit')) problems.push(whole('graph.no_exit', 'The workflow has no exit node.'));
  return problems;
}

/** Every node is reachable from a start, and every start reaches an exit. */
export function checkReachability(nodes: readonly GraphNode[]): GraphProblem[] {
  const starts = nodes.filter((node) => node.role === 'start');
  if (starts.length === 0) return [];
  const reached = walk(starts, (node) => node.out.map((edge) => edge.to));
  const exits = nodes.filter((node) => node.role === 'exit');
  const leading = walk(exits, (node) => node.in.map((edge) => edge.from));
  const unreachable = nodes.filter((node) => !reached.has(node));
  const lost = exits.length === 0 ? [] : starts.filter((node) => !leading.has(node));
  return [
    ...unreachable.map((node) => at(node, 'graph.unreachable', `No start leads to ${node.id}.`, 'a path from a start')),
    ...lost.map((node) => at(node, 'graph.start_without_exit', `${node.id} leads to no exit.`, 'a path to an exit')),
  ];
}

/** A problem at one node. */
export function at(node: GraphNode, code: GraphProblemCode, message: string, expected?: string): GraphProblem {
  const problem = { code, message, nodes: [node.id], at: { node: node.index } };
  return expected === undefined ? problem : { ...problem, expected };
}

function onEdge(edge: GraphEdge, code: GraphProblemCode, message: string): GraphProblem {
  const expected = 'a label that is distinct among the decision’s edges';
  return { code, message, nodes: [edge.from.id, edge.to.id], at: { edge: edge.index }, expected };
}

function whole(code: GraphProblemCode, message: string): GraphProblem {
  return { code, message, nodes: [], at: { workflow: true } };
}

function count(edges: number): string {
  if (edges === 0) return 'no edge';
  return edges === 1 ? '1 edge' : `${edges} edges`;
}
