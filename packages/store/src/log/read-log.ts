import { EspalierError } from '@espalier/core';
import type { Kysely } from 'kysely';
import { databaseFault } from '../database/database-fault.ts';
import type { Tables } from '../database/tables.ts';
import { type LogPlace, lastId } from './cursor.ts';
import { type StoredEvent, storedEvents } from './events-text.ts';
import type { LogEvent } from './log-event.ts';
import { horizonOf, type LogQuery, type LogRow, logRows } from './log-rows.ts';
import { wholePayloads } from './read-stream.ts';

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
 * (S4): so nothing is ever missed, no stream is seen out of order, and no commit in part. Fewer than `limit` are all that there are.
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

async function readOnce(kysely: Kysely<Tables>, query: LogQuery): Promise<LogStretch> {
  const { after, limit, types } = query;
  // Asked before the events: what is committed in between is left for the next time.
  const horizon = types ? await horizonOf(kysely) : undefined;
  const found = await findEvents(kysely, query, horizon);
  const payloads = await wholePayloads(kysely, found);
  const entries = found.map((event, index) => ({ event: logEvent(event, payloads[index] ?? null), place: event.place }));
  // A reader of rare types would otherwise look through all the others again each time.
  const end = horizon === undefined || entries.length === limit ? entries.at(-1)?.place : justBefore(horizon, after);
  return { entries, end: end ?? after };
}

interface FoundEvent extends StoredEvent, Pick<LogRow, 'tenant' | 'stream' | 'actor'> {
  seq: number;
  place: LogPlace;
}

/** The next `limit` events, or all that there are. */
async function findEvents(kysely: Kysely<Tables>, { after, limit, types }: LogQuery, horizon: string | undefined): Promise<FoundEvent[]> {
  const found: FoundEvent[] = [];
  for (let place = after; found.length < limit; ) {
    const rows = await logRows(kysely, { after: place, limit, types }, horizon).execute();
    for (const event of rows.flatMap((row) => eventsBehind(place, row))) {
      if (found.length < limit && (types?.includes(event.type) ?? true)) found.push(event);
    }
    const last = rows.at(-1);
    // Rows of some types have events of others too, so that as many as were asked for may not be enough.
    if (!last || types === undefined) break;
    place = { position: last.position, id: last.id, taken: last.count };
  }
  return found;
}

function eventsBehind({ position, id, taken }: LogPlace, row: LogRow): FoundEvent[] {
  const events = storedEvents(row).map((event, index) => ({
    ...event,
    ...{ tenant: row.tenant, stream: row.stream, actor: row.actor, seq: Number(row.seq) + index },
    place: { position: row.position, id: row.id, taken: index + 1 },
  }));
  return row.position === position && row.id === id ? events.slice(taken) : events;
}

/** The place behind all events below a position, or `after` if that lies further on. */
function justBefore(position: string, after: LogPlace): LogPlace {
  const last = BigInt(position) - 1n;
  return last < BigInt(after.position) ? after : { position: String(last), id: lastId, taken: 0 };
}

function logEvent({ place, tenant, stream, seq, type, at, actor, cause }: FoundEvent, payload: LogEvent['payload']): LogEvent {
  const event: LogEvent = { id: `${place.id}.${place.taken}`, tenant, stream, seq, type, payload, at };
  if (actor !== null) event.actor = actor;
  if (cause) event.cause = cause;
  return event;
}
