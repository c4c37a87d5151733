import type { MemoryPlace } from '@espalier/runtime/ports';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../database/tables.ts';

/** A store of one tenant. */
export interface TenantPlace extends MemoryPlace {
  tenant: string;
}

/**
 * Locks the row of a store until the end of the transaction, and makes it if need be: who holds it gives out the next `seq`. Forks may let it
 * keep more until the next entry that everybody sees, not fewer: they may be discarded.
 */
export async function lockStore(trx: Kysely<Tables>, place: TenantPlace, maxItems: number): Promise<number> {
  const { tenant, store, project } = place;
  const row = await trx
    .insertInto('espalier.memory_stores')
    .values({ tenant, store, project, max_items: maxItems })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant', 'store', 'project'])
        .doUpdateSet({ max_items: sql`greatest(memory_stores.max_items, excluded.max_items)` }),
    )
    .returning('seq')
    .executeTakeFirstOrThrow();
  return Number(row.seq);
}

/** Records the last `seq` of a store and how many it keeps, and drops the oldest of what it then has too many of. The store is locked. */
export async function advanceStore(
  trx: Kysely<Tables>,
  place: TenantPlace,
  { seq, maxItems }: { seq: number; maxItems: number },
): Promise<void> {
  const { tenant, store, project } = place;
  await trx
    .updateTable('espalier.memory_stores')
    .set({ seq, max_items: maxItems })
    .where('tenant', '=', tenant)
    .where('store', '=', store)
    .where('project', '=', project)
    .execute();
  await sql`
    delete from espalier.memory_entries
    where tenant = ${tenant} and store = ${store} and project = ${project} and overlay is null and seq <= (
      select seq from espalier.memory_entries
      where tenant = ${tenant} and store = ${store} and project = ${project} and overlay is null
      order by seq desc offset ${maxItems} limit 1
    )`.execute(trx);
}
