import { EspalierError, sha256 } from '@espalier/core';
import type { Artifacts } from '@espalier/runtime/ports';
import type { Kysely } from 'kysely';
import { databaseFault } from '../database/database-fault.ts';
import type { Tables } from '../database/tables.ts';
import type { StreamEvent } from '../log/read-stream.ts';
import type { RunRef } from '../runs/ownership.ts';
import { decodeArchive } from './archive-format.ts';

/** Where the journal of an archived run is. */
export interface ArchivedRun extends RunRef {
  /** The hash of the artifact. */
  artifact: string;
}

/** @returns undefined for a run that was not archived. */
export async function findArchived(kysely: Kysely<Tables>, { tenant, run }: RunRef): Promise<ArchivedRun | undefined> {
  try {
    const query = kysely.selectFrom('espalier.archived_runs').select(['tenant', 'run', 'artifact']);
    return await query.where('tenant', '=', tenant).where('run', '=', run).executeTakeFirst();
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}

/** The events of an archived run, as they were on the log. @throws EspalierError `storage.failed` if the artifact is missing or damaged. */
export async function readArchived(artifacts: Artifacts | undefined, archived: ArchivedRun): Promise<StreamEvent[]> {
  const { run, artifact } = archived;
  const fail = (reason: string, cause?: unknown) => {
    const message = `The journal of run ${run} was archived as artifact ${artifact}, ${reason}.`;
    return new EspalierError('storage.failed', message, { details: { run, artifact }, cause });
  };
  if (!artifacts) throw fail('and this store was opened without artifacts');
  const content = await artifacts.get(artifact).catch((thrown: unknown) => {
    throw fail(`which cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown);
  });
  if (content === undefined) throw fail('which is missing: restore it from a backup');
  if (sha256(content) !== artifact) throw fail('which is damaged: restore it from a backup');
  try {
    return await decodeArchive(archived, content);
  } catch (thrown) {
    throw fail(`which is not that journal: ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown);
  }
}
