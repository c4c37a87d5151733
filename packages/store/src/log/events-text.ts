import { EspalierError, type Json } from '@espalier/core';
import type { LargeRef, StoredPayload } from './large-values.ts';
import type { Cause, NewEvent } from './log-event.ts';

/** Of more events a row would be slow to read in parts: a commit that has them takes several. */
const maxEvents = 250;

/** Events of one stream as a row of `commits` holds them. */
export interface EventsRow {
  /** How many events of the same commit and stream lie in rows before this one. */
  before: number;
  count: number;
  /** Each once. */
  types: string[];
  /**
   * A JSON array of `[type, at, payload]`, or `[type, at, payload, { refs, cause }]` with what the event has of these. Payloads are canonical
   * JSON (S5), without what `refs` names.
   */
  text: string;
}

/** An event as it is in a row: its large values are elsewhere. */
export interface StoredEvent {
  type: string;
  at: number;
  payload: Json;
  /** In the order in which they are put back. */
  refs: readonly LargeRef[];
  cause?: Cause;
}

interface Extras {
  refs?: LargeRef[];
  cause?: Cause;
}

/** @param payloads those of the events, as they are stored. */
export function eventsRows(events: readonly NewEvent[], payloads: readonly StoredPayload[]): EventsRow[] {
  const rows: EventsRow[] = [];
  for (let before = 0; before < events.length; before += maxEvents) {
    const part = events.slice(before, before + maxEvents);
    const text = part.map((event, index) => eventText(event, payloads[before + index] as StoredPayload)).join(',');
    rows.push({ before, count: part.length, types: [...new Set(part.map(({ type }) => type))], text: `[${text}]` });
  }
  return rows;
}

/** The payload goes in as the text that it is: it is made once, and is not looked at again. */
function eventText({ type, at, cause }: NewEvent, { text, refs }: StoredPayload): string {
  const extras: Extras = { ...(refs.length > 0 ? { refs } : {}), ...(cause ? { cause } : {}) };
  const end = refs.length > 0 || cause ? `,${JSON.stringify(extras)}` : '';
  return `[${JSON.stringify(type)},${JSON.stringify(at)},${text}${end}]`;
}

/** The events of a row. @throws EspalierError `journal.corrupt`. */
export function storedEvents({
  stream,
  seq,
  count,
  events,
}: {
  stream: string;
  seq: string;
  count: number;
  events: string;
}): StoredEvent[] {
  const entries = parsed(events);
  if (entries?.length !== count) {
    const message = `The events of ${stream} from ${seq} on are damaged: ${count} were expected, as JSON.`;
    throw new EspalierError('journal.corrupt', message, { details: { stream, seq: Number(seq) } });
  }
  return entries.map(([type, at, payload, { refs = [], cause } = {}]) => ({ type, at, payload, refs, ...(cause ? { cause } : {}) }));
}

type Entry = [type: string, at: number, payload: Json, extras?: Extras];

function parsed(text: string): Entry[] | undefined {
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) ? entries : undefined;
  } catch {
    return undefined;
  }
}
