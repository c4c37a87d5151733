import { EspalierError } from '@espalier/core';
import type { Jobs } from '../jobs/create-jobs.ts';
import { type ArchiveReport, archiveEnded } from './archive-ended.ts';
import type { ArchiveParts } from './archive-run.ts';

export interface ArchiveJobOptions {
  /** Runs are archived once they have ended so many days ago. */
  days: number;
  cron?: string;
}

const dayMs = 24 * 60 * 60_000;
/** Runs at a time: what is left is taken at the next occurrence. */
const limit = 10_000;

/** Defines the job `archive`, which runs nightly. It fails, and so is seen, if runs could not be archived for another reason than a reader. */
export function defineArchiveJob(jobs: Jobs, parts: ArchiveParts, { days, cron = '17 3 * * *' }: ArchiveJobOptions): void {
  const options = { cron, retries: 1, timeoutMs: 60 * 60_000 };
  jobs.define(
    'archive',
    async ({ signal }) => {
      const { failed } = await archiveEnded(parts, { endedBefore: Date.now() - days * dayMs, limit, signal });
      const [first] = failed;
      if (first) throw archiveFault(failed.length, first);
    },
    options,
  );
}

function archiveFault(count: number, { run, fault }: ArchiveReport['failed'][number]): EspalierError {
  const message = `${count} runs could not be archived; the first is ${run}: ${fault.message}`;
  return new EspalierError(fault.code, message, { details: { run } });
}
