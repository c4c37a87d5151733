import { canonicalJson } from '@espalier/core';
import type { MemoryPlace, MemoryQuery, MemoryStore, NewMemory, StoredMemory, WriteMemoryOptions } from '@espalier/runtime/ports';
import { sql, type Transaction } from 'kysely';
import type { Clock } from '../database/clock.ts';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import type { Tables } from '../database/tables.ts';
import { overlayState } from './overlays.ts';
import { readMemory } from './read-memory.ts';
import { advanceStore, lockStore, type TenantPlace } from './visible-entries.ts';

interface MemoryParts {
  database: Database;
  clock: Clock;
  tenant: string;
}

/** The project and global memory of one tenant in the database. Writes into one store wait for each other, so that `seq` is the order of commits. */
export class StoreMemory implements MemoryStore {
  readonly adapter: string;
  readonly #parts: MemoryParts;

  constructor(parts: MemoryParts) {
    this.adapter = parts.database.engine;
    this.#parts = parts;
  }

  async write(place: MemoryPlace, entry: NewMemory, { maxItems, fork }: WriteMemoryOptions): Promise<void> {
    const { database, tenant, clock } = this.#parts;
    const at = { ...place, tenant };
    const overlay = fork === undefined ? undefined : { tenant, run: fork };
    try {
      await database.kysely.transaction().execute(async (trx) => {
        const state = overlay ? await overlayState(trx, overlay) : 'applied';
        if (state === 'discarded') return;
        const last = await lockStore(trx, at, maxItems);
        const isVisible = state === 'applied';
        const given = isVisible ? { seq: last + 1, overlay: null } : { seq: null, overlay: fork ?? null };
        const isNew = await insert(trx, at, { ...entry, ...given, at: clock.now() });
        if (isNew && isVisible) await advanceStore(trx, at, { seq: last + 1, maxItems });
      });
    } catch (thrown) {
      throw databaseFault(thrown);
    }
  }

  async read(place: MemoryPlace, query: MemoryQuery): Promise<StoredMemory[]> {
    const { database, tenant } = this.#parts;
    try {
      return await readMemory(database.kysely, { ...place, tenant }, query);
    } catch (thrown) {
      throw databaseFault(thrown);
    }
  }
}

interface NewRow extends NewMemory {
  seq: number | null;
  overlay: string | null;
  at: number;
}

/** @returns false if there is an entry of that id. */
async function insert(trx: Transaction<Tables>, { tenant, store, project }: TenantPlace, entry: NewRow): Promise<boolean> {
  const { tags, value, ...rest } = entry;
  const inserted = await trx
    .insertInto('espalier.memory_entries')
    .values({ ...rest, tenant, store, project, value: canonicalJson(value), tags: sql<string[]>`${[...tags]}::text[]` })
    .onConflict((conflict) => conflict.columns(['tenant', 'id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return inserted !== undefined;
}
