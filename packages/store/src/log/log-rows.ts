import { type Kysely, sql } from 'kysely';
import type { Tables } from '../database/tables.ts';
import type { LogPlace } from './cursor.ts';

export interface LogQuery {
  after: LogPlace;
  limit: number;
  /** Types of events; undefined: all. */
  types?: readonly string[] | undefined;
}

/** Which rows may be read: the horizon, which no open transaction can still write before (S4). */
const horizon = sql<string>`pg_snapshot_xmin(pg_current_snapshot())::text`;

export async function horizonOf(kysely: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ horizon: string }>`select ${horizon} as horizon`.execute(kysely);
  return rows[0]?.horizon ?? '0';
}

/**
 * The rows below `below` (default: the horizon) with the next `limit` events after a place, in order; of types, those that have some of
 * these. Of the first and of the last row some events may lie outside. Only rows that are returned have their events fetched.
 */
export function logRows(kysely: Kysely<Tables>, { after: { position, id, taken }, limit, types }: LogQuery, below?: string) {
  const isFirst = sql<boolean>`(position = ${position}::bigint and id = ${id}::bigint)`;
  const left = sql<number>`(count - case when ${isFirst} then ${taken}::int else 0 end)`;
  const counted = kysely
    .selectFrom('espalier.commits')
    .select(['id', 'tenant', 'stream', 'seq', 'count', 'position', 'events', 'actor'])
    .select(sql<string>`sum(${left}) over (order by position, id rows unbounded preceding) - ${left}`.as('before'))
    .where(sql<boolean>`(position, id) >= (${position}::bigint, ${id}::bigint)`)
    .where(sql<boolean>`position < ${below ?? horizon}::bigint`)
    .where(sql<boolean>`not (${isFirst} and count <= ${taken}::int)`)
    // In this disguise the planner takes the condition for one that many rows meet, and goes along the index instead of sorting.
    .$if(types !== undefined, (query) => query.where(sql<boolean>`coalesce(types && ${types}::text[], false)`))
    .orderBy('position')
    .orderBy('id')
    .limit(limit);
  return kysely
    .selectFrom(counted.as('counted'))
    .select(['id', 'tenant', 'stream', 'seq', 'count', 'position', 'events', 'actor'])
    .where('before', '<', String(limit))
    .orderBy('position')
    .orderBy('id');
}

/** A row as the log is read. */
export type LogRow = Awaited<ReturnType<ReturnType<typeof logRows>['execute']>>[number];
