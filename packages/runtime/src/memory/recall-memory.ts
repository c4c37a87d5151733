import { type ContextProfile, canonicalJson, type Remembered, type Workflow } from '@espalier/core';
import type { MemoryQuery, StoredMemory } from '../ports/memory-store.ts';
import { type ConfiguredStore, configuredStore, type MemoryBackends } from './configured-store.ts';

const pageLimit = 100;

/**
 * What a run that starts now is given of the project and global stores (S28): of every source of a context profile the newest entries, as
 * many as its budget could show. Recorded with the start, so that nothing that others write later changes a prompt, and no replay reads a store.
 * @returns undefined if no profile has such a source. @throws EspalierError `input.invalid`, `storage.failed`, `database.*`.
 */
export async function recallMemory(workflow: Workflow, backends: MemoryBackends): Promise<Remembered[] | undefined> {
  const found = new Map<string, StoredMemory>();
  let isAsked = false;
  for (const profile of workflow.memory.context_profiles) {
    for (const { store, tags } of profile.sources) {
      if (store === 'task') continue;
      isAsked = true;
      for (const entry of await newest(configuredStore(workflow, store, backends), profile, tags)) found.set(entry.id, entry);
    }
  }
  return isAsked ? [...found.values()].sort(byStoreAndSeq).map(asRemembered) : undefined;
}

/** Entries that say the same count once; one that would not fit in by itself is left out. */
async function newest(
  { backend, place }: ConfiguredStore,
  { max_tokens: maxTokens }: ContextProfile,
  tags: readonly string[],
): Promise<StoredMemory[]> {
  const chosen: StoredMemory[] = [];
  const said = new Set<string>();
  let budget = maxTokens;
  const query: MemoryQuery = { tags, limit: pageLimit };
  for (;;) {
    const page = await backend.read(place, query);
    for (const entry of page) {
      const text = canonicalJson(entry.value);
      if (entry.tokens > maxTokens || said.has(text)) continue;
      if (entry.tokens > budget) return chosen;
      budget -= entry.tokens;
      said.add(text);
      chosen.push(entry);
    }
    if (page.length < pageLimit) return chosen;
    query.before = page.at(-1)?.seq;
  }
}

function byStoreAndSeq(left: StoredMemory, right: StoredMemory): number {
  return left.store === right.store ? left.seq - right.seq : left.store < right.store ? -1 : 1;
}

function asRemembered({ id, store, seq, node, tags, at, value }: StoredMemory): Remembered {
  return { id, store, seq, node, tags, at, value };
}
