import type { Json, Remembered } from '@espalier/core';

/** One project store, or the global one, whose `project` is empty. */
export interface MemoryPlace {
  store: 'project' | 'global';
  project: string;
}

/** What is to be remembered. `id` is chosen by the writer: the key of the effect that writes it. */
export interface NewMemory {
  id: string;
  value: Json;
  tags: readonly string[];
  run: string;
  task: string;
  node: string;
  /** Estimated, of the value. */
  tokens: number;
}

/** An entry as its store has it. */
export interface StoredMemory extends Remembered {
  run: string;
  task: string;
  tokens: number;
}

export interface WriteMemoryOptions {
  /** How many entries the store keeps: the oldest go in the commit that writes a newer one. */
  maxItems: number;
  /** The fork that writes, if it is one: until it is adopted nobody else sees what it wrote (S3). */
  fork?: string | undefined;
}

export interface MemoryQuery {
  /** Entries that have at least one of these; without any, all. */
  tags?: readonly string[] | undefined;
  /** Entries older than this one, by `seq`. */
  before?: number | undefined;
  limit: number;
}

/**
 * Where the project and global memory of one tenant is kept (S28). Within a place `seq` is the order in which entries became visible.
 * Every adapter passes `memoryStoreConformance`.
 */
export interface MemoryStore {
  /** The technology: `memory`, `file`, or that of the database. */
  readonly adapter: string;
  /**
   * Writes an entry and drops what the store then has too many of, in one commit. An entry of that id stays as it is, so that a write
   * may be repeated. @throws EspalierError `storage.failed`, `database.*`.
   */
  write(place: MemoryPlace, entry: NewMemory, options: WriteMemoryOptions): Promise<void>;
  /** Entries of a place that everybody sees, newest first. @throws EspalierError `storage.failed`, `database.*`. */
  read(place: MemoryPlace, query: MemoryQuery): Promise<StoredMemory[]>;
}
