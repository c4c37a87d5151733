import { EspalierError, type EventType, eventSchemas, type JournalEvent } from '@espalier/core';
import type { StreamEvent } from '../log/read-stream.ts';

/** The events of a run's stream behind sequence number `after` as events of its journal. @throws EspalierError `journal.corrupt` with the event. */
export function journalEvents(run: string, rows: readonly StreamEvent[], after: number): JournalEvent[] {
  return rows.map((row, index) => journalEvent(run, after + index + 1, row));
}

function journalEvent(run: string, expected: number, { seq, type, payload, at }: StreamEvent): JournalEvent {
  if (seq !== expected) throw corrupt(run, `event ${expected} is missing`);
  if (!isEventType(type)) throw corrupt(run, `event ${seq} has the unknown type ${JSON.stringify(type)}`);
  const parsed = eventSchemas[type].safeParse(payload);
  if (parsed.success) return { seq, type, payload, at } as JournalEvent; // as it was stored: Zod would put the keys into another order
  const issue = parsed.error.issues[0];
  throw corrupt(run, `event ${seq}, ${type}: ${issue?.message} at /${issue?.path.join('/')}`);
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

function corrupt(run: string, reason: string): EspalierError {
  return new EspalierError('journal.corrupt', `The journal of run ${run} is damaged: ${reason}.`, { details: { run } });
}
