import { isJsonObject, type Json } from '@espalier/core';

/** One piece of text inside a JSON value, and the keys that lead to it. */
export interface Leaf {
  trail: readonly string[];
  text: string;
}

const mostValues = 5_000;
const deepest = 32;

/** The texts inside a value, the outermost first. Looks at 5,000 values and 32 levels at most. */
export function leavesOf(value: Json): Leaf[] {
  const leaves: Leaf[] = [];
  const queue: { value: Json; trail: readonly string[] }[] = [{ value, trail: [] }];
  for (let next = 0; next < queue.length && next < mostValues; next += 1) {
    const item = queue[next];
    if (item === undefined) break;
    if (typeof item.value === 'string') leaves.push({ trail: item.trail, text: item.value });
    else if (item.trail.length < deepest) queue.push(...childrenOf(item.value, item.trail).slice(0, mostValues - queue.length));
  }
  return leaves;
}

/** The key that names a leaf: its own, or for an item of a list the list's. Empty for a bare text. */
export function keyOf(leaf: Leaf): string {
  return leaf.trail.findLast((key) => !/^\d+$/u.test(key))?.toLowerCase() ?? '';
}

function childrenOf(value: Json, trail: readonly string[]): { value: Json; trail: readonly string[] }[] {
  if (!Array.isArray(value) && !isJsonObject(value)) return [];
  return Object.entries(value).map(([key, child]) => ({ value: child, trail: [...trail, key] }));
}
