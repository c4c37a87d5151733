import { copyJson, type Json } from '@espalier/core';
import type { MemoryPlace, MemoryQuery, MemoryStore, NewMemory, StoredMemory, WriteMemoryOptions } from '../ports/memory-store.ts';
import { queryEntries, storedEntry } from './query-entries.ts';
import { applyChange, noEntries, type StoreEntries } from './store-changes.ts';

/** Memory that is gone when the process ends. Forks leave nothing in it: nobody could adopt them. */
export class ProcessMemory implements MemoryStore {
  readonly adapter = 'memory';
  readonly #stores = new Map<string, StoreEntries>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  async write(place: MemoryPlace, entry: NewMemory, { maxItems, fork }: WriteMemoryOptions): Promise<void> {
    if (fork !== undefined) return;
    const key = `${place.store}/${place.project}`;
    const store = this.#stores.get(key) ?? noEntries();
    this.#stores.set(key, store);
    const seq = store.lastSeq + 1;
    applyChange(store, { entry: copied(storedEntry(place, entry, { seq, at: this.#now() })), keep: maxItems });
  }

  async read({ store, project }: MemoryPlace, query: MemoryQuery): Promise<StoredMemory[]> {
    return queryEntries(this.#stores.get(`${store}/${project}`) ?? noEntries(), query).map(copied);
  }
}

function copied(entry: StoredMemory): StoredMemory {
  return copyJson({ ...entry } as Json) as unknown as StoredMemory;
}
