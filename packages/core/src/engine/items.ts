import type { GraphNode } from '../graph/graph.ts';
import { isJsonObject, type Json } from '../wire/json.ts';

/** The list that a split over data fans out over (`over` may be a dotted path), or undefined if there is none. */
export function itemsOf(opener: GraphNode, value: Json): Json[] | undefined {
  const over = opener.manifest.split?.over;
  if (over === undefined) return undefined;
  let found: Json | undefined = value;
  for (const key of over.split('.')) found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return Array.isArray(found) ? found : undefined;
}
