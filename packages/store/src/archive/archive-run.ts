import { EspalierError, sha256 } from '@espalier/core';
import type { Artifacts } from '@espalier/runtime/ports';
import type { Database } from '../database/database.ts';
import { journalEvents } from '../journal/journal-event.ts';
import { readStream, type StreamEvent } from '../log/read-stream.ts';
import type { RunRef } from '../runs/ownership.ts';
import { encodeArchive } from './archive-format.ts';
import { findArchived } from './read-archived.ts';
import { type Blocked, blockedBy, removeFromLog } from './remove-from-log.ts';

export interface ArchiveParts {
  database: Database;
  artifacts: Artifacts;
}

/** What came of it; a run that is not archived stays as it is. */
export type ArchiveOutcome = { archived: true; artifact: string; isNew: boolean } | ({ archived: false } & Blocked);

/**
 * Moves the journal of an ended run out of the log, whole (S7): into an artifact, which is read back, and then, in one transaction, off
 * the log. A crash in between leaves an artifact that nobody refers to. The run stays listed, and its journal can be read as before.
 * @throws EspalierError `run.not_found`, `journal.corrupt`, `storage.failed`.
 */
export async function archiveRun({ database, artifacts }: ArchiveParts, ref: RunRef): Promise<ArchiveOutcome> {
  const known = await findArchived(database.kysely, ref);
  if (known) return { archived: true, artifact: known.artifact, isNew: false };
  const blocked = await blockedBy(database.kysely, ref); // before the work is done; asked again in the transaction
  if (blocked) return { archived: false, ...blocked };
  const events = await readWhole(database, ref);
  if (!events) return archiveRun({ database, artifacts }, ref); // somebody else has archived it just now
  const artifact = await store(artifacts, ref, events);
  const removed = await removeFromLog(database, { ...ref, artifact, events: events.length });
  if (typeof removed === 'object') return { archived: false, ...removed };
  if (removed) return { archived: true, artifact, isNew: true };
  const other = await findArchived(database.kysely, ref);
  return { archived: true, artifact: other?.artifact ?? artifact, isNew: false };
}

/** The stream, if it is there and a sound journal. */
async function readWhole({ kysely }: Database, { tenant, run }: RunRef): Promise<StreamEvent[] | undefined> {
  try {
    const events = await readStream(kysely, { tenant, stream: `run:${run}` });
    journalEvents(run, events, 0);
    if (events.length > 0) return events;
  } catch (thrown) {
    if (await findArchived(kysely, { tenant, run })) return undefined;
    throw thrown;
  }
  if (await findArchived(kysely, { tenant, run })) return undefined;
  throw new EspalierError('journal.corrupt', `The journal of run ${run} is damaged: it has no events.`, { details: { run } });
}

async function store(artifacts: Artifacts, ref: RunRef, events: readonly StreamEvent[]): Promise<string> {
  const content = await encodeArchive(ref, events);
  const artifact = await artifacts.put(content);
  const kept = await artifacts.get(artifact);
  if (kept && artifact === sha256(content) && Buffer.from(kept).equals(content)) return artifact;
  const message = `The journal of run ${ref.run} was not archived: artifact ${artifact} does not hold what was stored.`;
  throw new EspalierError('storage.failed', message, { details: { run: ref.run, artifact } });
}
