import { resolve } from 'node:path';
import { errorCatalogue } from '@espalier/core';
import type { Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { replayReport } from '../output/replay-report.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface ReplayChoice extends StorageChoice {
  workflow?: string;
  json?: true;
}

interface ReplayRequest {
  reference: string;
  place: string;
  choice: ReplayChoice;
}

/** `espalier replay`: one node of a run once more, as it was or with the files as they are now (ENG-I). */
export function addReplayCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('replay')
    .summary('Perform one node of a run again.')
    .description('Perform one node of a run again, on what it was given then: nothing is called, and nothing is recorded.')
    .argument('<run>', 'the id of a run, its beginning, or last')
    .argument('<place>', 'where the node completed: node:<id>[@<task>], or the number of that event')
    .option('--workflow <directory>', 'another version of the workflow; default: the one that the run started with')
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (reference: string, place: string, choice: ReplayChoice) => {
    exit(await withKeptRuns(surroundings, choice, (platform) => replay(platform, { reference, place, choice }, surroundings)));
  });
}

async function replay(platform: Platform, { reference, place, choice }: ReplayRequest, surroundings: Surroundings): Promise<number> {
  const { stdout, directory } = surroundings;
  const run = await findRun(platform, reference);
  const version = choice.workflow === undefined ? undefined : resolve(directory, choice.workflow);
  const replayed = await platform.replay(run, place, version);
  stdout.write(choice.json ? `${JSON.stringify({ run, ...replayed })}\n` : replayReport(replayed, stdout));
  return replayed.isSame ? 0 : errorCatalogue['journal.diverged'].exit;
}
