import { type Platform, profileOf } from '@espalier/platform';
import { type Command, Option } from 'commander';
import { positiveInteger } from '../input/positive-integer.ts';
import { profileReport } from '../output/profile-report.ts';
import { type ProfileSubject, profileSubjects } from '../output/profile-rows.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface ProfileChoice extends StorageChoice {
  by: ProfileSubject;
  top: number;
  json?: true;
}

/** `espalier profile`: where the time of a run went (ENG-F). */
export function addProfileCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('profile')
    .summary('Show where the time of a run went.')
    .description(
      'Show where the time of a run went: in total, by node, effect or task, and on a timeline. A run under way is shown so far.',
    )
    .argument('<run>', 'the id of a run, its beginning, or last')
    .addOption(new Option('--by <subject>', 'whose times to list').choices(profileSubjects).default('node'))
    .option('--top <count>', 'how many to list, those that took longest', positiveInteger, 20)
    .option('--json', 'print one JSON object, with everything in it');
  addStorageOptions(command).action(async (reference: string, choice: ProfileChoice) => {
    exit(await withKeptRuns(surroundings, choice, (platform) => showProfile(platform, { reference, choice }, surroundings)));
  });
}

interface ProfileRequest {
  reference: string;
  choice: ProfileChoice;
}

async function showProfile(platform: Platform, request: ProfileRequest, { stdout, environment }: Surroundings): Promise<number> {
  const { by, top, json } = request.choice;
  const { run, workflow, status, events } = await platform.inspect(await findRun(platform, request.reference));
  const profile = profileOf(events);
  const layout = { width: stdout.width, style: stdout.style, blocks: environment.blockCharacters };
  stdout.write(
    json
      ? `${JSON.stringify({ run, workflow: workflow.id, workflow_hash: workflow.hash, status, ...profile })}\n`
      : profileReport({ run, workflow: workflow.id, profile }, { by, top, ...layout }),
  );
  return 0;
}
