import { EspalierError } from '@espalier/core';
import { type Kysely, sql } from 'kysely';
import { databaseFault } from '../database/database-fault.ts';
import type { Tables } from '../database/tables.ts';
import { type LogPlace, lastId } from './cursor.ts';
import type { LogEvent } from './log-event.ts';
import { wholePayloads } from './read-stream.ts';

export interface LogQuery {
  after: LogPlace;
  limit: number;
  /** Types of events; undefined: all. */
  types?: readonly string[] | undefined;
}

/** An event with the place behind it. */
export interface LogEntry {
  event: LogEvent;
  place: LogPlace;
}

/** A stretch of the log. */
interface LogStretch {
  entries: LogEntry[];
  /** Where to go on: nothing that was asked for lies before it and is not among the entries. */
  end: LogPlace;
}

/**
 * The events after a place, in the one order of the log. An event is seen once no transaction is open that could still write before it
 * (S4): so nothing is ever missed, no stream is seen out of order, and no commit in part.
 */
export async function readLog(kysely: Kysely<Tables>, query: LogQuery): Promise<LogStretch> {
  try {
    // Between events and their large values a run may be archived: then its events are gone too, and are not met again.
    return await readOnce(kysely, query).catch((thrown: unknown) => {
      if (thrown instanceof EspalierError && thrown.code === 'journal.corrupt') return readOnce(kysely, query);
      throw thrown;
    });
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

async function readOnce(kysely: Kysely<Tables>, { after, limit, types }: LogQuery): Promise<LogStretch> {
  // Asked before the events: what is committed in between is left for the next time.
  const horizon = types ? await horizonOf(kysely) : undefined;
  let query = kysely
    .selectFrom('espalier.events')
    .selectAll()
    .where(sql<boolean>`(position, id) > (${after.position}::bigint, ${after.id}::bigint)`)
    .where(sql<boolean>`position < ${horizon ?? sql`pg_snapshot_xmin(pg_current_snapshot())::text`}::bigint`)
    .orderBy('position')
    .orderBy('id')
    .limit(limit);
  if (types) query = query.where('type', 'in', [...types]);
  const rows = await query.execute();
  const payloads = await wholePayloads(kysely, rows);
  const entries = rows.map((row, index) => {
    return { event: logEvent(row, payloads[index] ?? null), place: { position: row.position, id: row.id } };
  });
  // A reader of rare types would otherwise look through all the others again each time.
  const end = horizon === undefined || entries.length === limit ? entries.at(-1)?.place : justBefore(horizon, after);
  return { entries, end: end ?? after };
}

async function horizonOf(kysely: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<{ horizon: string }>`select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`.execute(kysely);
  return rows[0]?.horizon ?? '0';
}

/** The place behind all events below a position, or `after` if that lies further on. */
function justBefore(position: string, after: LogPlace): LogPlace {
  const last = BigInt(position) - 1n;
  return last < BigInt(after.position) ? after : { position: String(last), id: lastId };
}

type Row = { id: string; tenant: string; stream: string; seq: string; type: string; at: number } & {
  actor: string | null;
  cause_stream: string | null;
  cause_seq: string | null;
};

function logEvent({ id, tenant, stream, seq, type, at, actor, cause_stream, cause_seq }: Row, payload: LogEvent['payload']): LogEvent {
  const event: LogEvent = { id, tenant, stream, seq: Number(seq), type, payload, at };
  if (actor !== null) event.actor = actor;
  if (cause_stream !== null && cause_seq !== null) event.cause = { stream: cause_stream, seq: Number(cause_seq) };
  return event;
}
