import { EspalierError } from '@espalier/core';
import type { Artifacts } from '@espalier/runtime/ports';
import type { Kysely } from 'kysely';
import type { Tables } from '../database/tables.ts';
import { readStream, type StreamEvent } from '../log/read-stream.ts';
import type { RunRef } from '../runs/ownership.ts';
import { type ArchivedRun, findArchived, readArchived } from './read-archived.ts';

export interface RunQuery extends RunRef {
  /** Only events after this sequence number. */
  after: number;
}

/** The stream of a run on the log, or where it was moved to. */
export type StoredRun = { events: StreamEvent[] } | { archived: ArchivedRun };

/** Reads the database only, so that it can be done in a transaction: what `eventsOf` then reads may be slow. */
export async function readRun(kysely: Kysely<Tables>, query: RunQuery): Promise<StoredRun> {
  const stream = `run:${query.run}`;
  const found = await readStream(kysely, { ...query, stream }).catch((thrown: unknown) => {
    if (thrown instanceof EspalierError && thrown.code === 'journal.corrupt') return { thrown };
    throw thrown;
  });
  if (Array.isArray(found) && found.length > 0) return { events: found };
  // Nothing there, or not all of it: it may have been archived, perhaps while it was being read.
  const archived = await findArchived(kysely, query);
  if (archived) return { archived };
  if (!Array.isArray(found)) throw found.thrown;
  return { events: found };
}

/** @throws EspalierError `storage.failed` if the run was archived and cannot be read any more. */
export async function eventsOf(stored: StoredRun, artifacts: Artifacts | undefined, after: number): Promise<StreamEvent[]> {
  if ('events' in stored) return stored.events;
  return (await readArchived(artifacts, stored.archived)).filter(({ seq }) => seq > after);
}
