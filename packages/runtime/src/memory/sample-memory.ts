import type { Json } from '@espalier/core';
import type { NewMemory } from '../ports/memory-store.ts';

/** For tests: an entry that a node of a run wrote. */
export function newMemory(id: string, value: Json = `text of ${id}`, tags: string[] = []): NewMemory {
  return { id, value, tags, run: 'run-1', task: 'root', node: 'write', tokens: 3 };
}
