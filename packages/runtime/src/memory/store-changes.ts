import type { StoredMemory } from '../ports/memory-store.ts';

/** One commit of a store: an entry comes, and the oldest go until `keep` are left. */
export interface StoreChange {
  entry: StoredMemory;
  keep: number;
}

/** A store as the fold of its changes: the entries it has, oldest first. */
export interface StoreEntries {
  readonly entries: Map<string, StoredMemory>;
  lastSeq: number;
}

export function noEntries(): StoreEntries {
  return { entries: new Map(), lastSeq: 0 };
}

/** Applies a change. An entry that is there stays, and nothing else happens. */
export function applyChange(store: StoreEntries, { entry, keep }: StoreChange): void {
  if (store.entries.has(entry.id)) return;
  store.entries.set(entry.id, entry);
  store.lastSeq = entry.seq;
  for (const id of store.entries.keys()) {
    if (store.entries.size <= keep) return;
    store.entries.delete(id);
  }
}
