import { EspalierError, type Json } from '@espalier/core';
import { type Kysely, sql } from 'kysely';
import { databaseFault } from '../database/database-fault.ts';
import type { Tables } from '../database/tables.ts';
import { type LargeRef, wholePayload } from './large-values.ts';

/** An event of one stream as it was appended. */
export interface StreamEvent {
  seq: number;
  type: string;
  payload: Json;
  actor: string | null;
  at: number;
}

type Row = { tenant: string; payload: string; refs: string | null };

/** The events of a stream after sequence number `after`, in order. */
export async function readStream(
  kysely: Kysely<Tables>,
  { tenant, stream, after = 0 }: { tenant: string; stream: string; after?: number | undefined },
): Promise<StreamEvent[]> {
  try {
    const rows = await kysely
      .selectFrom('espalier.events')
      .select(['tenant', 'seq', 'type', 'payload', 'refs', 'actor', 'at'])
      .where('tenant', '=', tenant)
      .where('stream', '=', stream)
      .where('seq', '>', String(after))
      .orderBy('seq')
      .execute();
    const payloads = await wholePayloads(kysely, rows);
    return rows.map(({ seq, type, actor, at }, index) => ({ seq: Number(seq), type, payload: payloads[index] ?? null, actor, at }));
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

/** The payloads of rows, with what is kept apart from them put back (S5). */
export async function wholePayloads(kysely: Kysely<Tables>, rows: readonly Row[]): Promise<Json[]> {
  const refs = rows.map((row) => (row.refs === null ? [] : (JSON.parse(row.refs) as LargeRef[])));
  const wanted = rows.flatMap(({ tenant }, index) => (refs[index] ?? []).map(([, hash]) => ({ tenant, hash })));
  const texts = await textsOf(kysely, wanted);
  return rows.map(({ tenant, payload }, index) => {
    return wholePayload(payload, refs[index] ?? [], (hash) => JSON.parse(textOf(texts, tenant, hash)) as Json);
  });
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
