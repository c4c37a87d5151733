import { describe, expect, it } from 'vitest';
import { compileDrawing, draw, type Notes } from '../engine/testing/draw-graph.ts';
import { mergeNote, overItems } from '../engine/testing/notes.ts';
import { testNode } from '../engine/testing/random-graph.ts';
import type { EdgeManifest, NodeManifest } from '../manifest/shapes/workflow.ts';
import { compileGraph } from './compile-graph.ts';
import { type GraphProblem, type GraphProblemCode, graphProblemCodes } from './graph-problem.ts';

interface Violation {
  arrows: string;
  notes?: Notes;
  /** For what arrows cannot draw. */
  change?: (manifest: { nodes: NodeManifest[]; edges: EdgeManifest[] }) => void;
  nodes: string[];
  at: GraphProblem['at'];
}

const straight = 'start > a > exit';
const both = 'start > branch > a, b; a, b > merge > exit';

/** The smallest graph that violates each rule, the nodes that are named, and the place in the manifest. */
const violations: Record<GraphProblemCode, Violation> = {
  'graph.duplicate_node': {
    arrows: straight,
    change: ({ nodes }) => nodes.push(testNode({ id: 'a', role: 'linear' })),
    nodes: ['a'],
    at: { node: 3 },
  },
  'graph.unknown_node': { arrows: straight, change: ({ edges }) => edges.push({ from: 'a', to: 'exi' }), nodes: ['exi'], at: { edge: 2 } },
  'graph.cycle': { arrows: 'start > merge > decide > merge; decide > exit', nodes: ['decide', 'merge'], at: { node: 2 } },
  'graph.no_start': { arrows: 'a > exit', nodes: [], at: { workflow: true } },
  'graph.no_exit': { arrows: 'start > a', nodes: [], at: { workflow: true } },
  'graph.default_start_missing': { arrows: straight, notes: { start: { default_start: false } }, nodes: [], at: { workflow: true } },
  'graph.default_start_ambiguous': {
    arrows: 'start > exit; start_2 > exit',
    notes: { start_2: { default_start: true } },
    nodes: ['start', 'start_2'],
    at: { node: 2 },
  },
  'graph.default_start_role': { arrows: straight, notes: { a: { default_start: true } }, nodes: ['a'], at: { node: 1 } },
  'graph.unreachable': { arrows: `${straight}; b > exit`, nodes: ['b'], at: { node: 3 } },
  'graph.start_without_exit': { arrows: `${straight}; start_2 > b`, nodes: ['start_2'], at: { node: 3 } },
  'graph.degree_start': { arrows: 'start > a, b > exit', nodes: ['start'], at: { node: 0 } },
  'graph.degree_linear': { arrows: 'start > a > exit, exit_2', nodes: ['a'], at: { node: 1 } },
  'graph.degree_decision': { arrows: 'start > decide > exit', nodes: ['decide'], at: { node: 1 } },
  'graph.degree_branch': { arrows: 'start > branch > exit', nodes: ['branch'], at: { node: 1 } },
  'graph.degree_split': { arrows: 'start, start_2 > split > exit', nodes: ['split'], at: { node: 1 } },
  'graph.degree_merge': { arrows: 'start > merge > exit', nodes: ['merge'], at: { node: 1 } },
  'graph.degree_exit': { arrows: 'start > decide > exit, exit_2; exit > merge; exit > merge > exit_3', nodes: ['exit'], at: { node: 2 } },
  'graph.label_missing': {
    arrows: 'start > decide > exit, exit_2',
    change: ({ edges }) => edges.splice(2, 1, { from: 'decide', to: 'exit_2' }),
    nodes: ['decide', 'exit_2'],
    at: { edge: 2 },
  },
  'graph.label_duplicate': { arrows: 'start > decide > exit; decide > exit', nodes: ['decide', 'exit'], at: { edge: 2 } },
  'graph.closes_unknown': { arrows: both, notes: mergeNote('merge', { closes: 'brunch' }), nodes: ['merge'], at: { node: 4 } },
  'graph.closes_not_opener': { arrows: both, notes: mergeNote('merge', { closes: 'a' }), nodes: ['merge'], at: { node: 4 } },
  'graph.closes_taken': {
    arrows: 'start > branch > a, b > merge_1 > merge_2 > exit; branch > c > merge_2',
    notes: { ...mergeNote('merge_1', { closes: 'branch' }), ...mergeNote('merge_2', { closes: 'branch' }) },
    nodes: ['merge_1', 'merge_2', 'branch'],
    at: { node: 5 },
  },
  'graph.closes_not_dominating': {
    arrows: 'start > decide > branch, c; branch > a, b > merge > exit; c > merge',
    notes: mergeNote('merge', { closes: 'branch' }),
    nodes: ['merge', 'branch'],
    at: { node: 6 },
  },
  'graph.parallel_closers': {
    arrows: 'start > branch > a, b > merge_1 > exit; branch > c, d > merge_2 > exit',
    nodes: ['branch', 'merge_1', 'merge_2'],
    at: { node: 8 },
  },
  'graph.opener_not_dominating': {
    arrows: 'start > decide > branch, c; branch > a, b > merge > exit; c > merge',
    nodes: ['branch', 'merge'],
    at: { node: 6 },
  },
  'graph.quorum_too_large': {
    arrows: both,
    notes: mergeNote('merge', { strategy: 'quorum', quorum: 3 }),
    nodes: ['merge'],
    at: { node: 4 },
  },
};

function problemsOf({ arrows, notes, change }: Pick<Violation, 'arrows' | 'notes' | 'change'>): GraphProblem[] {
  const result = compileDrawing(arrows, notes ?? {}, change);
  return result.ok ? [] : result.problems;
}

function codesOf(arrows: string, notes?: Notes): string[] {
  return problemsOf({ arrows, ...(notes ? { notes } : {}) }).map(({ code }) => code);
}

describe('ENG-G1 graph rules', () => {
  for (const [code, violation] of Object.entries(violations)) {
    it(`${code}: ${graphProblemCodes[code as GraphProblemCode]}`, () => {
      const found = problemsOf(violation).filter((problem) => problem.code === code);
      expect(found.map(({ nodes, at }) => ({ nodes, at }))).toEqual([{ nodes: violation.nodes, at: violation.at }]);
    });
  }

  it('reports every problem of a graph at once', () => {
    const codes = codesOf('start > a, b; a > decide > exit; c > exit', { c: { default_start: true }, start: { default_start: false } });
    expect(codes).toEqual([
      'graph.default_start_role',
      'graph.default_start_missing',
      'graph.degree_start',
      'graph.degree_linear',
      'graph.degree_decision',
      'graph.degree_linear',
      'graph.unreachable',
    ]);
  });

  it('reports a problem that several starts share once', () => {
    const parallel = 'merge > branch > a, b > merge_1 > exit; branch > c, d > merge_2 > exit';
    expect(codesOf(`start, start_2 > ${parallel}`)).toEqual(['graph.parallel_closers']);
  });

  it('names the nearest node for a misspelt end of an edge and a misspelt opener', () => {
    expect(problemsOf(violations['graph.unknown_node'])[0]?.nearest).toBe('exit');
    expect(problemsOf(violations['graph.closes_unknown'])[0]?.nearest).toBe('branch');
  });

  it('takes ids that objects inherit for ids like any other', () => {
    expect(codesOf('start > a > exit; constructor > __proto__')).toContain('graph.unreachable');
  });
});

describe('ENG-G cycles', () => {
  const cycleOf = (arrows: string) => problemsOf({ arrows }).find(({ code }) => code === 'graph.cycle');

  it('finds an edge from a node to itself', () => {
    expect(cycleOf('start > merge > decide > exit; merge > merge')?.nodes).toEqual(['merge']);
  });

  it('names the cycle alone, not what leads to it or follows it', () => {
    expect(cycleOf('start > a > merge > b > decide > merge; decide > c > exit')?.nodes).toEqual(['b', 'decide', 'merge']);
  });

  it('finds a cycle beside the way from start to exit', () => {
    expect(cycleOf('start > exit; a > b > c > a')?.nodes).toHaveLength(3);
  });

  it('shortens the message of a long cycle, and still names every node', () => {
    const ring = Array.from({ length: 3000 }, (_, index) => `n${index}`).join(' > ');
    const cycle = cycleOf(`start > exit; ${ring} > n0`);
    expect(cycle?.nodes).toHaveLength(3000);
    expect(cycle?.message.length).toBeLessThan(200);
  });
});

describe('ENG-G sound graphs', () => {
  const sound: [string, string, Notes?][] = [
    ['the smallest graph', 'start > exit'],
    ['several starts that share a tail', 'start, start_2 > merge > exit'],
    ['disconnected components with a start and an exit each', 'start > exit; start_2 > exit_2'],
    ['a split of one edge', 'start > split > exit'],
    ['several edges into one exit', 'start > decide > a, b > exit'],
    ['a merge of in-degree 1 behind a split over data', 'start > split > a > merge > exit', overItems('split')],
    ['labels on edges that need none', 'start > a > exit', {}],
  ];
  for (const [name, arrows, notes] of sound) it(`accepts ${name}`, () => expect(codesOf(arrows, notes)).toEqual([]));

  it('keeps file order of nodes and of the edges at each node', () => {
    const result = compileDrawing('start > branch > b, a, c; a, b, c > merge > exit');
    const graph = result.ok ? result.graph : undefined;
    expect(graph?.byId.get('branch')?.out.map(({ to }) => to.id)).toEqual(['b', 'a', 'c']);
    expect(graph?.byId.get('merge')?.in.map(({ from }) => from.id)).toEqual(['a', 'b', 'c']);
    expect(graph?.nodes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('answers whether a node reaches a merge; a merge reaches itself', () => {
    const result = compileDrawing('start > branch > a, b > merge > c > exit; branch > d > exit');
    if (!result.ok) throw new Error('unsound');
    const { byId, reaches } = result.graph;
    const merge = byId.get('merge') as NonNullable<ReturnType<typeof byId.get>>;
    const reaching = result.graph.nodes.filter((node) => reaches(node, merge)).map(({ id }) => id);
    expect(reaching).toEqual(['start', 'branch', 'a', 'b', 'merge']);
  });

  it('answers for more merges than fit one machine word', () => {
    const chain = Array.from(
      { length: 70 },
      (_, i) => `decide_${i} > a_${i}, b_${i} > merge_${i} > ${i < 69 ? `decide_${i + 1}` : 'exit'}`,
    );
    const result = compileDrawing(`start > decide_0; ${chain.join(';')}`);
    if (!result.ok) throw new Error('unsound');
    const { byId, reaches, nodes } = result.graph;
    for (const index of [0, 31, 32, 33, 63, 64, 69]) {
      const merge = byId.get(`merge_${index}`) as (typeof nodes)[number];
      expect(nodes.filter((node) => node.role === 'merge' && reaches(node, merge))).toHaveLength(index + 1);
    }
  });
});

/** How long these take is measured by the benchmarks. */
describe('ENG-G2 10,000 nodes', () => {
  const count = (length: number, line: (index: number) => string) => Array.from({ length }, (_, index) => line(index)).join(';');
  const shapes: Record<string, () => [string, Notes?]> = {
    'in one line': () => [`start > n0; ${count(9997, (i) => `n${i} > n${i + 1}`)}; n9997 > exit`],
    'diamonds in sequence': () => [
      `start > branch_0; ${count(2499, (i) => `branch_${i} > a${i}, b${i} > merge_${i} > branch_${i + 1}`)}; branch_2499 > exit, exit_2`,
    ],
    '3,300 merged branches inside one another': () => [
      `start > branch_0; ${count(3300, (i) => `branch_${i} > a${i}; branch_${i} > ${i < 3299 ? `branch_${i + 1}` : 'b'}`)}; b > merge_3299; ${count(3300, (i) => `a${i} > merge_${i} > ${i > 0 ? `merge_${i - 1}` : 'exit'}`)}`,
    ],
    '4,990 unmerged branches behind one another': () => [
      `start > branch_0; ${count(4990, (i) => `branch_${i} > exit_${i}; branch_${i} > ${i < 4989 ? `branch_${i + 1}` : 'exit'}`)}`,
    ],
    '9,990 unmerged splits over data behind one another': () => [
      `start > split_0; ${count(9990, (i) => `split_${i} > ${i < 9989 ? `split_${i + 1}` : 'exit'}`)}`,
      Object.assign({}, ...Array.from({ length: 9990 }, (_, i) => overItems(`split_${i}`))) as Notes,
    ],
    'a branch of 5,000 arms': () => [`start > branch; ${count(5000, (i) => `branch > a${i} > merge`)}; merge > exit`],
    'a ladder of decisions and rejoins': () => [
      `start > decide_0; ${count(2499, (i) => `decide_${i} > a${i}, b${i} > merge_${i} > decide_${i + 1}`)}; decide_2499 > exit, exit_2`,
    ],
    '5,000 starts before one tail': () => [
      `${count(5000, (i) => `start_${i} > merge`)}; merge > n0; ${count(4990, (i) => `n${i} > ${i < 4989 ? `n${i + 1}` : 'exit'}`)}`,
    ],
  };
  for (const [name, shape] of Object.entries(shapes)) {
    it(`compiles ${name} without running out of stack`, () => {
      const { nodes, edges } = draw(...shape());
      expect(compileGraph(nodes, edges).ok).toBe(true);
    });
  }
});
