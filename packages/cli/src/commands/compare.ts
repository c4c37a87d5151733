import { compareRuns, type Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { comparisonReport } from '../output/comparison-report.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface CompareChoice extends StorageChoice {
  json?: true;
}

interface CompareRequest {
  references: readonly [string, string];
  choice: CompareChoice;
}

/** `espalier compare`: two runs side by side (ENG-T2). */
export function addCompareCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('compare')
    .summary('Compare two runs.')
    .description('Show two runs side by side: where their ways part and why, what they put out, how long they took and what they called.')
    .argument('<left>', 'the id of a run, its beginning, or last')
    .argument('<right>', 'another run')
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (left: string, right: string, choice: CompareChoice) => {
    exit(await withKeptRuns(surroundings, choice, (platform) => compare(platform, { references: [left, right], choice }, surroundings)));
  });
}

async function compare(platform: Platform, { references, choice }: CompareRequest, { stdout }: Surroundings): Promise<number> {
  const [left, right] = references;
  const comparison = compareRuns(
    await platform.inspect(await findRun(platform, left)),
    await platform.inspect(await findRun(platform, right)),
  );
  stdout.write(choice.json ? `${JSON.stringify(comparison)}\n` : comparisonReport(comparison, stdout));
  return 0;
}
