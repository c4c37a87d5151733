import type { Json } from '@espalier/core';
import type { MemoryQuery, StoredMemory } from '@espalier/runtime/ports';
import { type Kysely, sql } from 'kysely';
import type { Tables } from '../database/tables.ts';
import type { TenantPlace } from './visible-entries.ts';

/** Entries of a store that everybody sees, newest first. */
export async function readMemory(
  db: Kysely<Tables>,
  place: TenantPlace,
  { tags = [], before, limit }: MemoryQuery,
): Promise<StoredMemory[]> {
  const { tenant, store, project } = place;
  let query = db
    .selectFrom('espalier.memory_entries')
    .select(['id', 'seq', 'value', 'tags', 'run', 'task', 'node', 'at', 'tokens'])
    .where('tenant', '=', tenant)
    .where('store', '=', store)
    .where('project', '=', project)
    .where('overlay', 'is', null);
  if (before !== undefined) query = query.where('seq', '<', String(before));
  if (tags.length > 0) query = query.where(sql<boolean>`tags && ${[...tags]}::text[]`);
  const rows = await query.orderBy('seq', 'desc').limit(limit).execute();
  return rows.map(({ seq, value, ...row }) => ({ ...row, store, seq: Number(seq), value: JSON.parse(value) as Json }));
}
