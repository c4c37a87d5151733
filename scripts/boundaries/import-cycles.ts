import type { ImportEdge } from './import-edge.ts';

/**
 * The imports that close a cycle between files when the code runs, one for each way back that a depth-first walk meets.
 * Imports of types alone do not count. None is returned if and only if there is no cycle.
 */
export function importCycles(edges: readonly ImportEdge[]): ImportEdge[] {
  const outgoing = Map.groupBy(
    edges.filter(({ kind, typeOnly }) => kind === 'file' && !typeOnly),
    ({ from }) => from,
  );
  const left = new Set<string>();
  const entered = new Set<string>();
  const closing: ImportEdge[] = [];
  const visit = (file: string): void => {
    entered.add(file);
    for (const edge of outgoing.get(file) ?? []) {
      if (!entered.has(edge.to)) visit(edge.to);
      else if (!left.has(edge.to)) closing.push(edge);
    }
    left.add(file);
  };
  for (const file of outgoing.keys()) if (!entered.has(file)) visit(file);
  return closing;
}
