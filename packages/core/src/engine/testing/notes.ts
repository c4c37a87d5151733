import type { MergeManifest } from '../../manifest/shapes/workflow.ts';
import type { Notes } from './draw-graph.ts';

/** Says how a merge of a drawing merges; the rest is the default. */
export function mergeNote(id: string, merge: Partial<MergeManifest>): Notes {
  return { [id]: { merge: { strategy: 'all', on_failure: 'fail', reducer: 'list', ...merge } } };
}

/** Makes a split of a drawing fan out over the list in its value's field `items`. */
export function overItems(id: string): Notes {
  return { [id]: { split: { over: 'items' } } };
}
