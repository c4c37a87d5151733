import { canonicalJson, EspalierError, type EventType, eventSchemas, type JournalEvent, type TimedEvent } from '@espalier/core';
import { z } from 'zod';

const newline = 0x0a;

const commitSchema = z.strictObject({
  seq: z.int().min(1),
  events: z.array(z.strictObject({ type: z.string(), payload: z.unknown(), at: z.number() })).min(1),
});
type Commit = z.infer<typeof commitSchema>;

/** One commit as one line of a JSONL journal, newline included. `seq` is that of its first event. */
export function encodeCommit(seq: number, events: readonly TimedEvent[]): Buffer {
  // Payloads are canonical text (S5); the rest keeps an order that reads well.
  const lines = events.map(({ type, payload, at }) => `{"type":"${type}","payload":${canonicalJson(payload)},"at":${at}}`);
  return Buffer.from(`{"seq":${seq},"events":[${lines.join(',')}]}\n`);
}

/** What a JSONL journal holds. */
export interface DecodedJournal {
  /** The events after `after`. */
  events: JournalEvent[];
  /** The last sequence number, 0 for an empty journal. */
  lastSeq: number;
  /** The length of the whole commits; what follows is the torn tail of a commit that was never acknowledged. */
  bytes: number;
}

/**
 * Decodes the bytes of a JSONL journal. A last line that has no newline, or that is not JSON, is a torn tail and left out.
 * @param place how messages name the file.
 * @param after the payloads of events up to this sequence number are not validated.
 * @throws EspalierError `journal.corrupt` with the line number for anything else that is wrong.
 */
export function decodeJournal(content: Uint8Array, place: string, after = 0): DecodedJournal {
  const journal: DecodedJournal = { events: [], lastSeq: 0, bytes: 0 };
  for (let line = 1; ; line += 1) {
    const end = content.indexOf(newline, journal.bytes);
    if (end < 0) return journal;
    const value = parseLine(content.subarray(journal.bytes, end));
    if (value === undefined && end === content.length - 1) return journal;
    takeCommit(journal, value, { place, line, after });
    journal.bytes = end + 1;
  }
}

/** The JSON value of a line; undefined (which JSON cannot express) if it is not JSON in UTF-8. */
function parseLine(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    return undefined;
  }
}

interface Position {
  place: string;
  line: number;
  after: number;
}

function takeCommit(journal: DecodedJournal, value: unknown, position: Position): void {
  const commit = commitOf(value, position);
  if (commit.seq !== journal.lastSeq + 1) {
    throw corrupt(position, `expected the commit that starts with event ${journal.lastSeq + 1}, found ${commit.seq}`);
  }
  for (const event of commit.events) {
    journal.lastSeq += 1;
    if (journal.lastSeq > position.after) journal.events.push(eventOf(event, journal.lastSeq, position));
  }
}

function commitOf(value: unknown, position: Position): Commit {
  if (value === undefined) throw corrupt(position, 'not a line of JSON');
  const parsed = commitSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw corrupt(position, `not a commit: ${firstIssue(parsed.error)}`);
}

/** Validates but keeps the value as it was read: Zod would put the keys into another order. */
function eventOf(event: Commit['events'][number], seq: number, position: Position): JournalEvent {
  if (!isEventType(event.type)) throw corrupt(position, `event ${seq} has the unknown type ${JSON.stringify(event.type)}`);
  const parsed = eventSchemas[event.type].safeParse(event.payload);
  if (!parsed.success) throw corrupt(position, `event ${seq}, ${event.type}: ${firstIssue(parsed.error)}`);
  return { seq, type: event.type, payload: event.payload, at: event.at } as JournalEvent;
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? error.message : `${issue.message} at /${issue.path.join('/')}`;
}

function corrupt({ place, line }: Position, reason: string): EspalierError {
  return new EspalierError('journal.corrupt', `${place}, line ${line}: ${reason}.`, { details: { file: place, line } });
}
