import type { Graph, GraphEdge, GraphNode, Role, Workflow } from '@espalier/core';

/** Mermaid's brackets around a label, by role. */
const shapes: Readonly<Record<Role, readonly [string, string]>> = {
  start: ['([', '])'],
  linear: ['[', ']'],
  decision: ['{', '}'],
  branch: ['{{', '}}'],
  split: ['[/', '\\]'],
  merge: ['[\\', '/]'],
  exit: ['(((', ')))'],
};

/** A Mermaid flowchart: a shape per role, agents marked, merges with their strategy and what they close. Valid whatever names say. */
export function mermaid({ graph }: Workflow): string {
  const closed = closedOpeners(graph);
  const agents = graph.nodes.filter((node) => node.manifest.kind === 'agent').map(nameOf);
  const failing = graph.nodes.filter((node) => node.manifest.always_fail).map(nameOf);
  const lines = [
    'flowchart TD',
    ...graph.nodes.map((node) => nodeLine(node, closed.get(node) ?? [])),
    ...graph.edges.map(edgeLine),
    '  classDef agent stroke-width:3px',
    '  classDef failing stroke-dasharray:5 5',
    ...(agents.length > 0 ? [`  class ${agents.join(',')} agent`] : []),
    ...(failing.length > 0 ? [`  class ${failing.join(',')} failing`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What every merge closes, over all starts: the same merge may close another opener when the run starts elsewhere. */
function closedOpeners(graph: Graph): Map<GraphNode, string[]> {
  const closed = new Map<GraphNode, string[]>();
  for (const start of graph.starts) {
    for (const [merge, opener] of graph.closersFrom(start).openerOf) {
      closed.set(merge, [...new Set([...(closed.get(merge) ?? []), opener.id])]);
    }
  }
  return closed;
}

function nodeLine(node: GraphNode, closes: readonly string[]): string {
  const [open, close] = shapes[node.role];
  const label = labelLines(node, closes).map(escaped).join('<br/>');
  return `  ${nameOf(node)}${open}"${label}"${close}`;
}

function labelLines({ id, role, manifest }: GraphNode, closes: readonly string[]): string[] {
  const lines = manifest.name === undefined || manifest.name === id ? [id] : [manifest.name, id];
  if (manifest.kind === 'agent') lines.push(`agent: ${manifest.agent_id ?? ''}`);
  if (manifest.split) lines.push(`over ${manifest.split.over}`);
  if (role === 'merge') lines.push(mergeText(manifest.merge, closes));
  return lines;
}

function mergeText(merge: GraphNode['manifest']['merge'], closes: readonly string[]): string {
  if (closes.length === 0) return 'rejoin';
  const strategy = merge?.strategy ?? 'all';
  return `${strategy === 'quorum' ? `quorum of ${merge?.quorum}` : strategy}, closes ${closes.join(', ')}`;
}

function edgeLine({ from, to, label }: GraphEdge): string {
  return `  ${nameOf(from)} -->${label === undefined ? '' : `|"${escaped(label)}"|`} ${nameOf(to)}`;
}

/** Ids such as `end` or `class` are words of Mermaid's: nodes go by their position. */
function nameOf(node: GraphNode): string {
  return `n${node.index}`;
}

/** Every character that Mermaid or HTML could read as more than text, list marks included, becomes a character reference; line ends become spaces. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[^\p{L}\p{M}\p{N} _.,:?!–…-]|(?<=^\d+)\.|^-/gu, (character) => `#${character.codePointAt(0)};`);
}
