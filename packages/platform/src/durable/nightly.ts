import { EspalierError } from '@espalier/core';
import type { SystemDoor } from '@espalier/store';

interface NightlyOptions {
  archiveAfterDays: number;
  onProblem(thrown: unknown): void;
}

/** The work that is done once a night, by one of the processes that are there: journals of runs that ended long ago leave the log (S7). */
export function startNightly(store: SystemDoor, { archiveAfterDays: days, onProblem }: NightlyOptions): { stop(): Promise<void> } {
  if (!(days >= 0)) throw new EspalierError('input.invalid', `Runs are archived after a number of days; expected 0 or more, not ${days}.`);
  const jobs = store.jobs({ onError: (thrown) => onProblem(thrown) });
  store.archiveNightly(jobs, { days });
  const started = jobs.start().catch(onProblem);
  return {
    async stop() {
      await started;
      await jobs.stop();
    },
  };
}
