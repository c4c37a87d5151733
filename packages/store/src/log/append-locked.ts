import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database/tables.ts';
import { eventsRows } from './events-text.ts';
import { inlinePayload } from './large-values.ts';
import type { NewEvent } from './log-event.ts';

interface LockedAppend {
  tenant: string;
  stream: string;
  actor: string;
  events: readonly NewEvent[];
}

/** Appends to a stream whose head is locked (S4). */
export async function appendLocked(trx: Transaction<Tables>, { tenant, stream, actor, events }: LockedAppend): Promise<void> {
  const payloads = events.map(({ payload }) => inlinePayload(payload));
  for (const { count, types, text } of eventsRows(events, payloads)) {
    await sql`
      with head as (
        update espalier.streams set seq = seq + ${count}, position = greatest(position, pg_current_xact_id()::text::bigint)
        where tenant = ${tenant} and stream = ${stream} returning seq, position
      )
      insert into espalier.commits (tenant, stream, seq, count, position, types, events, actor)
      select ${tenant}, ${stream}, head.seq - ${count} + 1, ${count}, head.position, ${types}, ${text}, ${actor} from head`.execute(trx);
  }
}
