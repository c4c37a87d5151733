import { EspalierError, faultOf } from '@espalier/core';
import type { Platform } from '@espalier/platform';
import { type Command, InvalidArgumentError } from 'commander';
import { positiveInteger } from '../input/positive-integer.ts';
import { oneLine } from '../output/printable.ts';
import { countText } from '../output/quantities.ts';
import { untilAskedToStop } from '../signals.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withPlatform } from '../with-platform.ts';

interface WorkerChoice {
  workspace?: string;
  state?: string;
  capacity: number;
  drain: number;
  archiveAfter?: number;
}

/** `espalier worker`: drives runs that are due until it is asked to stop (S13). */
export function addWorkerCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  program
    .command('worker')
    .summary('Drive runs that are due.')
    .description(
      'Drive runs that are due, of all processes, until Ctrl-C. Any number of workers may share the PostgreSQL server that $DATABASE_URL names.',
    )
    .option('--capacity <count>', 'runs driven at once', positiveInteger, 32)
    .option('--drain <seconds>', 'how long runs under way may go on after Ctrl-C; a second one stops at once', seconds, 30)
    .option(
      '--archive-after <days>',
      'nightly, move journals of runs that ended so long ago out of the database, into archives',
      positiveInteger,
    )
    .option('--workspace <directory>', 'what file tools may touch; default: the current directory')
    .option('--state <directory>', 'where artifacts are kept; default: $ESPALIER_STATE, else .espalier')
    .action(async (choice: WorkerChoice) => exit(await worker(choice, surroundings)));
}

async function worker(choice: WorkerChoice, surroundings: Surroundings): Promise<number> {
  if (surroundings.environment.databaseUrl === undefined) {
    const message =
      'A worker shares its database with other processes, and the embedded one is for one process: set DATABASE_URL to a PostgreSQL server.';
    throw new EspalierError('usage.invalid', message);
  }
  return withPlatform(surroundings, { ...choice, journal: 'database' }, (platform) => drive(platform, choice, surroundings));
}

async function drive(platform: Platform, { capacity, drain, archiveAfter }: WorkerChoice, { stderr }: Surroundings): Promise<number> {
  const onProblem = (thrown: unknown, ref?: { run: string }) => {
    const { code, message } = faultOf(thrown);
    const what = ref ? `${ref.run} could not be taken up` : 'The nightly work failed';
    stderr.write(oneLine(`${what}, ${code}: ${message}`).concat('\n'));
  };
  const started = platform.work({ capacity, drainMs: drain * 1000, archiveAfterDays: archiveAfter, onProblem });
  stderr.write(`Driving up to ${countText(capacity, 'run')} at once. Ctrl-C ends it.\n`);
  await untilAskedToStop();
  if (started.active > 0) stderr.write(`Waiting for ${countText(started.active, 'run')} under way, for at most ${drain} s.\n`);
  await started.stop();
  return 0;
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('expected a number of seconds from 0 to 86400.');
}
