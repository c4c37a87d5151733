import { errorCatalogue, type JsonObject } from '@espalier/core';
import type { Platform, RunVerification } from '@espalier/platform';
import type { Command } from 'commander';
import { verificationText } from '../output/verification.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface VerifyChoice extends StorageChoice {
  recompute?: true;
  json?: true;
}

/** `espalier verify`: whether a journal is what its workflow makes of the recorded results. */
export function addVerifyCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('verify')
    .summary('Check the journal of a run.')
    .description('Replay the journal of a run and report the first place where it does not follow from the workflow.')
    .argument('<run>', 'the id of a run, its beginning, or last')
    .option('--recompute', 'also perform the pure nodes again and compare their results')
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (reference: string, choice: VerifyChoice) => {
    exit(await withKeptRuns(surroundings, choice, (platform) => verify(platform, { reference, choice }, surroundings)));
  });
}

interface VerifyRequest {
  reference: string;
  choice: VerifyChoice;
}

async function verify(platform: Platform, { reference, choice }: VerifyRequest, { stdout }: Surroundings): Promise<number> {
  const run = await findRun(platform, reference);
  const verification = await platform.verify(run, { recompute: choice.recompute === true });
  if (choice.json) stdout.write(`${JSON.stringify(verificationJson(run, verification))}\n`);
  else stdout.write(verificationText(run, verification, stdout));
  return isFaultless(verification) ? 0 : errorCatalogue['journal.diverged'].exit;
}

function isFaultless(verification: RunVerification): boolean {
  return verification.ok && (verification.recomputation?.differences.length ?? 0) === 0;
}

function verificationJson(run: string, verification: RunVerification): JsonObject {
  // Through JSON: events are plain data, but their types have members that may be undefined.
  return JSON.parse(JSON.stringify({ run, ...verification, ok: isFaultless(verification) }));
}
