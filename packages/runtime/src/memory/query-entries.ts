import type { MemoryPlace, MemoryQuery, NewMemory, StoredMemory } from '../ports/memory-store.ts';
import type { StoreEntries } from './store-changes.ts';

/** What a query finds among the entries of a store, newest first. */
export function queryEntries(
  { entries }: StoreEntries,
  { tags = [], before = Number.POSITIVE_INFINITY, limit }: MemoryQuery,
): StoredMemory[] {
  const fits = (entry: StoredMemory) => entry.seq < before && (tags.length === 0 || entry.tags.some((tag) => tags.includes(tag)));
  return [...entries.values()].reverse().filter(fits).slice(0, limit);
}

/** A new entry with its place in a store. */
export function storedEntry({ store }: MemoryPlace, entry: NewMemory, { seq, at }: { seq: number; at: number }): StoredMemory {
  return { ...entry, tags: [...entry.tags], store, seq, at };
}
