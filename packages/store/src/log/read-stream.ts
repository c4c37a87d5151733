import { EspalierError, type Json } from '@espalier/core';
import { type Kysely, sql } from 'kysely';
import { databaseFault } from '../database/database-fault.ts';
import type { Tables } from '../database/tables.ts';
import { type StoredEvent, storedEvents } from './events-text.ts';
import { wholePayload } from './large-values.ts';

/** An event of one stream as it was appended. */
export interface StreamEvent {
  seq: number;
  type: string;
  payload: Json;
  actor: string | null;
  at: number;
}

interface StreamQuery {
  tenant: string;
  stream: string;
  /** Only events behind this sequence number. */
  after?: number | undefined;
}

/** The events of a stream after sequence number `after`, in order. @throws EspalierError `journal.corrupt`. */
export async function readStream(kysely: Kysely<Tables>, { tenant, stream, after = 0 }: StreamQuery): Promise<StreamEvent[]> {
  try {
    const rows = await rowsBehind(kysely, { tenant, stream, after });
    const events = rows.flatMap((row) => {
      const inRow = storedEvents(row).map((event, index) => ({ ...event, seq: Number(row.seq) + index, tenant, actor: row.actor }));
      return inRow.filter(({ seq }) => seq > after);
    });
    const payloads = await wholePayloads(kysely, events);
    return events.map(({ seq, type, actor, at }, index) => ({ seq, type, payload: payloads[index] ?? null, actor, at }));
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

/** The rows that hold events behind `after`; of the first one, some events may lie before it. */
function rowsBehind(kysely: Kysely<Tables>, { tenant, stream, after }: Required<StreamQuery>) {
  const ofStream = kysely.selectFrom('espalier.commits').where('tenant', '=', tenant).where('stream', '=', stream);
  const query = ofStream.select(['stream', 'seq', 'count', 'events', 'actor']).orderBy('seq');
  if (after === 0) return query.execute();
  const first = ofStream
    .select('seq')
    .where('seq', '<=', String(Number(after) + 1))
    .orderBy('seq', 'desc')
    .limit(1);
  return query.where('seq', '>=', ({ fn, val }) => fn.coalesce(first, val('0'))).execute();
}

/** The payloads of events, with what is kept apart from them put back (S5). */
export async function wholePayloads(kysely: Kysely<Tables>, events: readonly (StoredEvent & { tenant: string })[]): Promise<Json[]> {
  const wanted = events.flatMap(({ tenant, refs }) => refs.map(([, hash]) => ({ tenant, hash })));
  const texts = await textsOf(kysely, wanted);
  return events.map(({ tenant, payload, refs }) => wholePayload(payload, refs, (hash) => JSON.parse(textOf(texts, tenant, hash)) as Json));
}

/** A text goes only with the events that refer to it: whoever finds it missing read these before they were archived, or the data are damaged. */
function textOf(texts: ReadonlyMap<string, string>, tenant: string, hash: string): string {
  const text = texts.get(`${tenant}\n${hash}`);
  if (text !== undefined) return text;
  throw new EspalierError('journal.corrupt', `The value ${hash} of an event's payload is missing from the database.`, {
    details: { hash },
  });
}

async function textsOf(kysely: Kysely<Tables>, wanted: readonly { tenant: string; hash: string }[]): Promise<Map<string, string>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await sql<{ tenant: string; hash: string; text: string }>`
    select p.tenant, p.hash, p.text from espalier.payloads p
    join json_to_recordset(${JSON.stringify(wanted)}) as w (tenant text, hash text) using (tenant, hash)`.execute(kysely);
  return new Map(rows.map(({ tenant, hash, text }) => [`${tenant}\n${hash}`, text]));
}
