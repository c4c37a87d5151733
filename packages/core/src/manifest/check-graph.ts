import { compileGraph } from '../graph/compile-graph.ts';
import type { Graph } from '../graph/graph.ts';
import type { GraphProblem } from '../graph/graph-problem.ts';
import type { Loaded } from './load-manifests.ts';
import { locate, type Path } from './manifest-document.ts';
import type { Problem } from './problem.ts';
import type { WorkflowManifest } from './shapes/workflow.ts';

/** The graph of a workflow, or its problems with their places in the file; nothing at all if its manifest is broken. */
export interface GraphCheck {
  graph?: Graph;
  problems: Problem[];
}

/** Compiles the graph of a manifest whose shape is sound. */
export function checkGraph({ document, value }: Loaded<WorkflowManifest>): GraphCheck {
  if (!document || !value) return { problems: [] };
  const result = compileGraph(value.nodes, value.edges);
  if (result.ok) return { graph: result.graph, problems: [] };
  const problems = result.problems.map(({ code, message, at, expected, nearest }) =>
    locate(document, { code, message, path: pathOf(at), expected, nearest }),
  );
  return { problems };
}

function pathOf(at: GraphProblem['at']): Path {
  if ('node' in at) return ['nodes', at.node];
  return 'edge' in at ? ['edges', at.edge] : [];
}
