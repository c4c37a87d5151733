/** One violated rule of the graph; `at` says which node or edge of the manifest, by its position. */
export interface GraphProblem {
  code: GraphProblemCode;
  message: string;
  /** The nodes involved, by id. */
  nodes: readonly string[];
  at: { node: number } | { edge: number } | { workflow: true };
  expected?: string;
  nearest?: string;
}

/** Every rule of ENG-G and S18 that a graph can violate. */
export const graphProblemCodes = {
  'graph.duplicate_node': 'Two nodes have the same id.',
  'graph.unknown_node': 'An edge names a node that does not exist.',
  'graph.cycle': 'Edges lead back to where they came from; workflows are acyclic.',
  'graph.no_start': 'No node has the role start.',
  'graph.no_exit': 'No node has the role exit.',
  'graph.default_start_missing': 'No start is marked default_start.',
  'graph.default_start_ambiguous': 'More than one start is marked default_start.',
  'graph.default_start_role': 'default_start is set on a node that is no start.',
  'graph.unreachable': 'No start leads to the node.',
  'graph.start_without_exit': 'The start leads to no exit.',
  'graph.degree_start': 'A start has no edge in and one out.',
  'graph.degree_linear': 'A linear node has one edge in and one out.',
  'graph.degree_decision': 'A decision has one edge in and at least two out.',
  'graph.degree_branch': 'A branch has one edge in and at least two out.',
  'graph.degree_split': 'A split has one edge in and at least one out.',
  'graph.degree_merge': 'A merge has at least two edges in (one if it closes a split over data) and one out.',
  'graph.degree_exit': 'An exit has at least one edge in and none out.',
  'graph.label_missing': 'An edge of a decision has no label.',
  'graph.label_duplicate': 'Two edges of a decision have the same label.',
  'graph.closes_unknown': 'merge.closes names no node.',
  'graph.closes_not_opener': 'merge.closes names a node that is neither branch nor split.',
  'graph.closes_taken': 'Two merges name the same opener.',
  'graph.closes_not_dominating': 'merge.closes names an opener that a task can bypass on its way to the merge.',
  'graph.parallel_closers': 'Two merges could close the same opener, and neither comes after the other.',
  'graph.opener_not_dominating': 'A merge joins arms of an opener that a task can bypass on its way to the merge.',
  'graph.quorum_too_large': 'The quorum is larger than the number of tasks that can arrive.',
} as const;

export type GraphProblemCode = keyof typeof graphProblemCodes;
