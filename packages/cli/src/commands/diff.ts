import { diffStates, type Platform, seqOf, stateAt } from '@espalier/platform';
import type { Command } from 'commander';
import { differenceReport } from '../output/difference-report.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface DiffChoice extends StorageChoice {
  json?: true;
}

interface DiffRequest {
  reference: string;
  from: string;
  to: string;
  choice: DiffChoice;
}

/** `espalier diff`: what became different in a run from one event to another (ENG-T1). */
export function addDiffCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('diff')
    .summary('Show what changed in a run.')
    .description('Show what changed in a run from one event to another: where its tasks were, what they held, and what they remembered.')
    .argument('<run>', 'the id of a run, its beginning, or last')
    .argument(
      '<from>',
      'an event: its number, -1 for the last, node:<id>[@<task>] where that node completed last, or before:<id> before it began',
    )
    .argument('[to]', 'another event', '-1')
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (reference: string, from: string, to: string, choice: DiffChoice) => {
    exit(await withKeptRuns(surroundings, choice, (platform) => diff(platform, { reference, from, to, choice }, surroundings)));
  });
}

async function diff(platform: Platform, { reference, from, to, choice }: DiffRequest, { stdout }: Surroundings): Promise<number> {
  const report = await platform.inspect(await findRun(platform, reference));
  const [before, after] = [stateAt(report, seqOf(report, from)), stateAt(report, seqOf(report, to))];
  const difference = diffStates(before, after);
  stdout.write(choice.json ? `${JSON.stringify(difference)}\n` : differenceReport({ before, after, difference }, stdout));
  return 0;
}
