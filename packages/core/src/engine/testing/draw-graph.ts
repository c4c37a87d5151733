import { compileGraph, type GraphResult } from '../../graph/compile-graph.ts';
import type { Graph } from '../../graph/graph.ts';
import type { NodeManifest, Role } from '../../manifest/shapes/workflow.ts';
import { type Draft, testNode } from './random-graph.ts';

/** What a drawing says about single nodes, by id: everything that its arrows cannot show. */
export type Notes = Record<string, Partial<NodeManifest>>;

const roleByPrefix: readonly [string, Role][] = [
  ['start', 'start'],
  ['decide', 'decision'],
  ['branch', 'branch'],
  ['split', 'split'],
  ['merge', 'merge'],
  ['exit', 'exit'],
];

/**
 * The manifest that arrows draw: `start > branch > a, b > merge > exit`. Each chain stands on its own line or behind a semicolon; names
 * begin with their role, or are linear; the edges of a decision are labelled with the id they lead to. The start named `start`, or the
 * first one, is the default.
 */
export function draw(arrows: string, notes: Notes = {}): Draft {
  const links = arrows
    .split(/[;\n]/)
    .filter((line) => line.trim() !== '')
    .flatMap(linksOf);
  const ids = [...new Set(links.flat())];
  const defaultStart = ids.includes('start') ? 'start' : ids.find((id) => roleOf(id) === 'start');
  const nodes = ids.map((id) => testNode({ id, role: roleOf(id), default_start: id === defaultStart, ...notes[id] }));
  const edges = links.map(([from, to]) => ({ from, to, ...(roleOf(from) === 'decision' ? { label: to } : {}) }));
  return { nodes, edges };
}

/** Compiles a drawing, or says why not; `change` alters the manifest in a way that arrows cannot draw. */
export function compileDrawing(arrows: string, notes?: Notes, change?: (manifest: Draft) => void): GraphResult {
  const manifest = draw(arrows, notes);
  change?.(manifest);
  return compileGraph(manifest.nodes, manifest.edges);
}

/** The graph of a drawing that is sound. */
export function drawGraph(arrows: string, notes?: Notes): Graph {
  const result = compileDrawing(arrows, notes);
  if (!result.ok) throw new Error(`the drawing is no sound graph: ${JSON.stringify(result.problems)}`);
  return result.graph;
}

function roleOf(id: string): Role {
  return roleByPrefix.find(([prefix]) => id.startsWith(prefix))?.[1] ?? 'linear';
}

function linksOf(chain: string): [string, string][] {
  const steps = chain.split('>').map((step) => step.split(',').map((id) => id.trim()));
  const fan = (from: readonly string[], targets: readonly string[]) =>
    from.flatMap((id) => targets.map((to): [string, string] => [id, to]));
  return steps.slice(1).flatMap((targets, before) => fan(steps[before] ?? [], targets));
}
