import type { Graph } from '../../graph/graph.ts';
import type { EdgeManifest, NodeManifest } from '../../manifest/shapes/workflow.ts';
import { nodeSchema } from '../../manifest/shapes/workflow.ts';

/** A source of choices: `below(n)` gives 0 … n-1. */
export interface Choices {
  below(limit: number): number;
}

/** Choices drawn from a seed: small, fast, and the same for the same seed (mulberry32). */
export function seeded(seed: number): Choices {
  let state = seed >>> 0;
  return {
    below(limit) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
    },
  };
}

/** A number from a text, for drawing what depends on a name (FNV-1a). */
export function hashText(text: string): number {
  let value = 2166136261;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 16777619);
  return value >>> 0;
}

type NodeInput = Partial<NodeManifest> & { id: string; role: NodeManifest['role'] };

/** A node with defaults, for tests. */
export function testNode(node: NodeInput): NodeManifest {
  return nodeSchema.parse({ kind: 'deterministic', default_start: node.role === 'start', ...node });
}

/** Nodes and edges under construction. */
export interface Draft {
  nodes: NodeManifest[];
  edges: EdgeManifest[];
}

const strategies = ['all', 'all', 'any', 'first', 'quorum'] as const;
const reactions = ['fail', 'ignore', 'partial'] as const;

/** A random workflow that is valid by construction: nested sequences of every role, with arms that rejoin, merge or leave. */
export function randomWorkflow(choices: Choices, size: number): Draft {
  const builder = new Builder(choices, size);
  builder.add({ id: 'start', role: 'start' });
  const end = builder.sequence('start', undefined, 0);
  if (end !== undefined) builder.exit(end.node, end.label);
  return builder.draft;
}

/** An open end: the next node is attached to `node`, by an edge with `label`. */
interface End {
  node: string;
  label: string | undefined;
}

class Builder {
  readonly draft: Draft = { nodes: [], edges: [] };
  readonly #choices: Choices;
  #left: number;
  #count = 0;

  constructor(choices: Choices, size: number) {
    this.#choices = choices;
    this.#left = size;
  }

  add(node: NodeInput): string {
    const goesOn = node.role === 'linear' && this.#choices.below(4) === 0;
    this.draft.nodes.push(testNode({ ...node, continue_on_failure: goesOn }));
    this.#left -= 1;
    return node.id;
  }

  connect(end: End, to: string): void {
    this.draft.edges.push(end.label === undefined ? { from: end.node, to } : { from: end.node, to, label: end.label });
  }

  exit(node: string, label: string | undefined): void {
    const id = this.#id('exit');
    this.add({ id, role: 'exit', always_fail: this.#choices.below(8) === 0 });
    this.connect({ node, label }, id);
  }

  /** Grows a chain of segments behind an open end; undefined if every arm left through an exit. */
  sequence(node: string, label: string | undefined, depth: number): End | undefined {
    let end: End | undefined = { node, label };
    for (let length = 1 + this.#choices.below(3); length > 0 && end && this.#left > 0; length -= 1) end = this.#segment(end, depth);
    return end;
  }

  #segment(end: End, depth: number): End | undefined {
    const kind = depth > 3 ? 0 : this.#choices.below(6);
    if (kind <= 1) return this.#linear(end);
    if (kind === 2) return this.#arms(end, 'decision', depth);
    if (kind === 3 || kind === 4) return this.#arms(end, 'branch', depth);
    return this.#choices.below(2) === 0 ? this.#arms(end, 'split', depth) : this.#fanOut(end, depth);
  }

  #linear(end: End): End {
    const id = this.#id('linear');
    this.add({ id, role: 'linear' });
    this.connect(end, id);
    return { node: id, label: undefined };
  }

  #arms(end: End, role: 'decision' | 'branch' | 'split', depth: number): End | undefined {
    const id = this.#id(role);
    this.add({ id, role });
    this.connect(end, id);
    const count = 2 + this.#choices.below(3);
    const ends: End[] = [];
    for (let arm = 0; arm < count; arm += 1) {
      const open = this.sequence(id, role === 'decision' ? `l${arm}` : undefined, depth + 1);
      if (open && this.#choices.below(7) === 0) this.exit(open.node, open.label);
      else if (open) ends.push(open);
    }
    return this.#join(ends, { opener: id, role });
  }

  #fanOut(end: End, depth: number): End | undefined {
    const id = this.#id('split');
    this.add({ id, role: 'split', split: { over: 'items' } });
    this.connect(end, id);
    const open = this.sequence(id, undefined, depth + 1);
    return open && this.#join([open], { opener: id, role: 'split' }, true);
  }

  #join(ends: End[], from: { opener: string; role: string }, overData = false): End | undefined {
    if (ends.length === 0) return undefined;
    const merges = overData || (ends.length > 1 && this.#choices.below(5) > 0);
    if (!merges && ends.length === 1) return ends[0];
    if (!merges) {
      for (const end of ends) this.exit(end.node, end.label);
      return undefined;
    }
    const id = this.#id('merge');
    const strategy = strategies[this.#choices.below(strategies.length)] ?? 'all';
    const on_failure = reactions[this.#choices.below(3)] ?? 'fail';
    const closes = from.role === 'decision' ? 'none' : from.opener;
    const merge = {
      strategy,
      on_failure,
      reducer: 'list',
      closes,
      ...(strategy === 'quorum' ? { quorum: 1 + this.#choices.below(2) } : {}),
    };
    this.add({ id, role: 'merge', merge });
    for (const end of ends) this.connect(end, id);
    return { node: id, label: undefined };
  }

  #id(role: string): string {
    this.#count += 1;
    return `${role}_${this.#count}`;
  }
}

/** Whether outcomes do not depend on the order in which nodes end: no merge takes the first, and every branch is merged (S16). */
export function isOrderFree(graph: Graph): boolean {
  const closers = graph.closersFrom(graph.defaultStart);
  return graph.nodes.every((node) => {
    if (node.role === 'merge') return (node.manifest.merge?.strategy ?? 'all') === 'all';
    return node.role !== 'branch' || closers.closerOf.has(node);
  });
}
