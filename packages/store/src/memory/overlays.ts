import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { MemoryOverlaysTable, Tables } from '../database/tables.ts';
import { advanceStore, lockStore, type TenantPlace } from './visible-entries.ts';

/** A fork whose overlay is meant. */
export interface OverlayOf {
  tenant: string;
  run: string;
}

/**
 * Makes what a fork wrote visible to all, in the order in which it was written, as the newest of its stores; what it writes from now on is
 * so at once (S3). Repeating it does nothing. Belongs into the transaction that adopts the fork; after all other locks.
 * @param options.inherited ids of entries that the fork took over from forks before it, which may not have been adopted.
 */
export async function applyOverlay(
  trx: Transaction<Tables>,
  { tenant, run }: OverlayOf,
  options: { inherited?: readonly string[] } = {},
): Promise<void> {
  await setOverlay(trx, { tenant, run }, 'applied');
  const { rows: stores } = await sql<TenantPlace & { max_items: number }>`
    select tenant, store, project, max_items from espalier.memory_stores s
    where tenant = ${tenant} and exists (
      select from espalier.memory_entries e
      where e.tenant = s.tenant and e.store = s.store and e.project = s.project and ${belongsTo(run, options.inherited)}
    )
    order by store, project`.execute(trx);
  for (const { max_items: maxItems, ...place } of stores) {
    const last = await lockStore(trx, place, maxItems);
    const { numAffectedRows } = await sql`
      update espalier.memory_entries m set overlay = null, seq = ${last} + o.nth
      from (
        select id, row_number() over (order by number) as nth from espalier.memory_entries e
        where tenant = ${tenant} and store = ${place.store} and project = ${place.project} and ${belongsTo(run, options.inherited)}
      ) o
      where m.tenant = ${tenant} and m.id = o.id`.execute(trx);
    await advanceStore(trx, place, { seq: last + Number(numAffectedRows ?? 0), maxItems });
  }
}

/** Removes what a fork wrote without a trace, and takes no more of it. */
export async function discardOverlay(trx: Transaction<Tables>, { tenant, run }: OverlayOf): Promise<void> {
  await setOverlay(trx, { tenant, run }, 'discarded');
  await trx.deleteFrom('espalier.memory_entries').where('tenant', '=', tenant).where('overlay', '=', run).execute();
}

/** Locks the overlay of a fork until the end of the transaction. @returns what has become of it. */
export async function overlayState(trx: Transaction<Tables>, { tenant, run }: OverlayOf): Promise<MemoryOverlaysTable['state']> {
  const { rows } = await sql<Pick<MemoryOverlaysTable, 'state'>>`
    insert into espalier.memory_overlays as o (tenant, run, state) values (${tenant}, ${run}, 'open')
    on conflict (tenant, run) do update set state = o.state
    returning state`.execute(trx);
  return rows[0]?.state ?? 'open';
}

async function setOverlay(trx: Transaction<Tables>, { tenant, run }: OverlayOf, state: MemoryOverlaysTable['state']): Promise<void> {
  await trx
    .insertInto('espalier.memory_overlays')
    .values({ tenant, run, state })
    .onConflict((conflict) => conflict.columns(['tenant', 'run']).doUpdateSet({ state }))
    .execute();
}

/** Of entries `e`: written by the fork, or taken over from another's overlay. */
function belongsTo(run: string, inherited: readonly string[] = []) {
  return sql`e.overlay is not null and (e.overlay = ${run} or e.id = any (${[...inherited]}::text[]))`;
}
