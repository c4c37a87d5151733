import type { NodeManifest } from '../../manifest/shapes/workflow.ts';
import { type Choices, type Draft, testNode } from './random-graph.ts';

/**
 * A random acyclic graph that knows nothing of structure: edges lead from earlier nodes to any later ones, and roles are what the degrees
 * allow. Degrees hold; whether the merges make sense is for `compileGraph` to say.
 */
export function rawGraph(choices: Choices, size: number): Draft {
  const links = rawLinks(choices, size);
  const into = countBy(links, ([, to]) => to);
  const out = countBy(links, ([from]) => from);
  const nodes: NodeManifest[] = [];
  for (let node = 0; node < size; node += 1) {
    const openers = nodesAbove(links, node).filter((above) => nodes[above]?.role === 'branch' || nodes[above]?.role === 'split');
    nodes.push(rawNode({ choices, node, openers, into: into.get(node) ?? 0, out: out.get(node) ?? 0 }));
  }
  const decisions = new Set(nodes.filter(({ role }) => role === 'decision').map(({ id }) => id));
  const edges = links.map(([from, to], index) => ({
    from: `n${from}`,
    to: `n${to}`,
    ...(decisions.has(`n${from}`) ? { label: `l${index}` } : {}),
  }));
  const first = nodes.findIndex(({ role }) => role === 'start');
  return { nodes: nodes.map((node, index) => ({ ...node, default_start: index === first })), edges };
}

type Link = [from: number, to: number];

/** Nodes with several edges in have one out, as merges do (or none, as exits do). Some later nodes are starts. */
function rawLinks(choices: Choices, size: number): Link[] {
  const links: Link[] = [];
  const into = new Map<number, number>();
  const out = new Map<number, number>();
  const link = (from: number, to: number) => {
    links.push([from, to]);
    out.set(from, (out.get(from) ?? 0) + 1);
    into.set(to, (into.get(to) ?? 0) + 1);
  };
  const mayLeave = (node: number) => ((into.get(node) ?? 0) === 1 ? 4 : 1) > (out.get(node) ?? 0);
  for (let node = 1; node < size; node += 1) {
    const open = Array.from({ length: node }, (_, before) => before).filter(mayLeave);
    const idle = open.filter((before) => !out.has(before));
    if (open.length === 0 || (node > 3 && choices.below(15) === 0)) continue;
    const wanted = choices.below(3) === 0 ? 2 + choices.below(3) : 1;
    for (let edge = 0; edge < wanted; edge += 1) {
      const pool = idle.length > 0 && choices.below(3) > 0 ? idle : open;
      const from = pool[Math.max(0, pool.length - 1 - choices.below(5))];
      if (from !== undefined && mayLeave(from)) link(from, node);
    }
  }
  return links;
}

/** What lies above a node on the way back along first edges. */
function nodesAbove(links: readonly Link[], node: number): number[] {
  const above: number[] = [];
  for (let link = links.find(([, to]) => to === node); link; link = links.find(([, to]) => to === above.at(-1))) above.push(link[0]);
  return above;
}

function rawNode(place: { choices: Choices; node: number; openers: readonly number[]; into: number; out: number }): NodeManifest {
  const { choices, node, into, out } = place;
  const id = `n${node}`;
  const continue_on_failure = choices.below(6) === 0;
  if (into === 0) return testNode({ id, role: 'start' });
  if (out === 0) return testNode({ id, role: 'exit', always_fail: choices.below(10) === 0 });
  if (into > 1) return testNode({ id, role: 'merge', merge: rawMerge(place), continue_on_failure });
  const split = choices.below(5) === 0 ? { split: { over: 'items' } } : undefined;
  if (split) return testNode({ id, role: 'split', ...split });
  if (out === 1) return testNode({ id, role: 'linear', continue_on_failure });
  return testNode({ id, role: (['decision', 'branch', 'split'] as const)[choices.below(3)] ?? 'branch' });
}

function rawMerge({ choices, openers }: { choices: Choices; openers: readonly number[] }) {
  const strategy = (['all', 'all', 'any', 'first', 'quorum'] as const)[choices.below(5)] ?? 'all';
  const on_failure = (['fail', 'ignore', 'partial'] as const)[choices.below(3)] ?? 'fail';
  const named = openers[choices.below(Math.max(1, openers.length))];
  const told = choices.below(4);
  const closes = told === 0 ? 'none' : told === 1 && named !== undefined ? `n${named}` : undefined;
  return {
    strategy,
    on_failure,
    reducer: 'list',
    ...(closes === undefined ? {} : { closes }),
    ...(strategy === 'quorum' ? { quorum: 1 + choices.below(2) } : {}),
  };
}

function countBy(links: readonly Link[], key: (link: Link) => number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const entry of links) counts.set(key(entry), (counts.get(key(entry)) ?? 0) + 1);
  return counts;
}
