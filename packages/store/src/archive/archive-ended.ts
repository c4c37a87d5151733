import { type Fault, faultOf } from '@espalier/core';
import type { Database } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import type { RunRef } from '../runs/ownership.ts';
import { type ArchiveOutcome, type ArchiveParts, archiveRun } from './archive-run.ts';

export interface ArchiveQuery {
  /** Runs that ended before this, in milliseconds since the epoch. */
  endedBefore: number;
  /** How many at most. */
  limit: number;
  /** Stops after the run under way. */
  signal?: AbortSignal;
}

/** What came of archiving. */
export interface ArchiveReport {
  archived: number;
  /** Runs that were left as they are, and why. */
  skipped: (RunRef & Extract<ArchiveOutcome, { archived: false }>)[];
  failed: (RunRef & { fault: Fault })[];
}

/** Archives ended runs of all tenants, those first that ended first. One that cannot be archived does not keep the others from it. */
export async function archiveEnded(parts: ArchiveParts, { endedBefore, limit, signal }: ArchiveQuery): Promise<ArchiveReport> {
  const report: ArchiveReport = { archived: 0, skipped: [], failed: [] };
  let after: Candidate | undefined;
  while (report.archived < limit) {
    const candidates = await candidatesOf(parts.database, { endedBefore, limit: limit - report.archived, after });
    if (candidates.length === 0) return report;
    for (const candidate of candidates) {
      if (signal?.aborted) return report;
      await archiveOne(parts, candidate, report);
    }
    after = candidates.at(-1);
  }
  return report;
}

async function archiveOne(parts: ArchiveParts, { tenant, run }: RunRef, report: ArchiveReport): Promise<void> {
  try {
    const outcome = await archiveRun(parts, { tenant, run });
    if (!outcome.archived) report.skipped.push({ tenant, run, ...outcome });
    else if (outcome.isNew) report.archived += 1;
  } catch (thrown) {
    report.failed.push({ tenant, run, fault: faultOf(thrown) });
  }
}

interface Candidate extends RunRef {
  ended_at: number | null;
}

interface Page {
  endedBefore: number;
  limit: number;
  after: Candidate | undefined;
}

async function candidatesOf({ kysely }: Database, { endedBefore, limit, after }: Page): Promise<Candidate[]> {
  try {
    let query = kysely
      .selectFrom('espalier.runs as r')
      .select(['r.tenant', 'r.run', 'r.ended_at'])
      .where('r.ended_at', '<', endedBefore)
      .where(({ not, exists, selectFrom }) => {
        const archived = selectFrom('espalier.archived_runs as a')
          .select('a.run')
          .whereRef('a.tenant', '=', 'r.tenant')
          .whereRef('a.run', '=', 'r.run');
        return not(exists(archived));
      });
    if (after) {
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('r.ended_at', 'r.tenant', 'r.run'), '>', tuple(after.ended_at, after.tenant, after.run)),
      );
    }
    return await query.orderBy('r.ended_at').orderBy('r.tenant').orderBy('r.run').limit(limit).execute();
  } catch (thrown) {
    throw databaseFault(thrown);
  }
}
