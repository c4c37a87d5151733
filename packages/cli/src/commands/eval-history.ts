import { EspalierError } from '@espalier/core';
import { compareEvaluations, type Evaluation, type EvaluationEntry, isRegression, type Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { findEvaluation, newestEvaluation } from '../evaluation-reference.ts';
import { positiveInteger } from '../input/positive-integer.ts';
import { evaluationComparison } from '../output/evaluation-comparison.ts';
import { durationText, timeText } from '../output/quantities.ts';
import { type Cell, table } from '../output/table.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';

interface CompareChoice extends StorageChoice {
  json?: true;
}

/** `espalier eval compare`: what is different between two evaluations. */
export function addCompareCommand(parent: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = parent
    .command('compare')
    .summary('Compare two evaluations.')
    .description(
      'Show what newly fails, what newly passes, which outputs changed and how long cases took, between two evaluations. The exit code is 1 if something newly fails.',
    )
    .argument('[older]', 'an id, its beginning, or a .json file; default: the one of the same workflow before the newer')
    .argument('[newer]', 'an id, its beginning, or a .json file; default: the newest')
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (older: string | undefined, newer: string | undefined, choice: CompareChoice) =>
    exit(await withKeptRuns(surroundings, choice, (platform) => compare(platform, { older, newer, choice }, surroundings))),
  );
}

interface CompareRequest {
  older: string | undefined;
  newer: string | undefined;
  choice: CompareChoice;
}

async function compare(platform: Platform, request: CompareRequest, { stdout, directory }: Surroundings): Promise<number> {
  const { older: olderReference, newer: newerReference, choice } = request;
  const newer = newerReference === undefined ? await newestEvaluation(platform) : await findEvaluation(platform, newerReference, directory);
  if (!newer) throw new EspalierError('evaluation.not_found', 'There are no evaluations here yet.');
  const older = olderReference === undefined ? await before(platform, newer) : await findEvaluation(platform, olderReference, directory);
  const comparison = compareEvaluations(older, newer);
  stdout.write(choice.json ? `${JSON.stringify(comparison)}\n` : evaluationComparison(comparison, stdout));
  return comparison.cases.some(isRegression) ? 1 : 0;
}

/** How far back is looked for the one before another. */
const mostLooked = 10_000;

async function before(platform: Platform, { evaluation, workflow, started_at }: Evaluation): Promise<Evaluation> {
  const kept = await platform.evaluations({ limit: mostLooked, workflow });
  const older = kept.findLast((entry) => entry.started_at <= started_at && entry.evaluation !== evaluation);
  if (older) return platform.evaluation(older.evaluation);
  throw new EspalierError('evaluation.not_found', `There is no evaluation of ${workflow} here before ${evaluation}; comparing takes two.`);
}

interface HistoryChoice extends StorageChoice {
  workflow?: string;
  limit: number;
  json?: true;
}

/** `espalier eval history`: the evaluations that are kept. */
export function addHistoryCommand(parent: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = parent
    .command('history')
    .summary('List evaluations.')
    .description('List evaluations, the newest last.')
    .option('--workflow <id>', 'of this workflow only')
    .option('--limit <count>', 'how many of the newest to list', positiveInteger, 20)
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (choice: HistoryChoice) =>
    exit(await withKeptRuns(surroundings, choice, (platform) => history(platform, choice, surroundings))),
  );
}

async function history(platform: Platform, { workflow, limit, json }: HistoryChoice, { stdout }: Surroundings): Promise<number> {
  const evaluations = await platform.evaluations({ limit, workflow });
  if (json) stdout.write(`${JSON.stringify({ evaluations })}\n`);
  else if (evaluations.length === 0) stdout.write('There are no evaluations yet.\n');
  else {
    const titles = ['Evaluation', 'Passed', 'Failed', 'Errored', 'Started', 'Took', 'Version', 'Workflow'];
    const head = { titles, paint: stdout.style.dim };
    stdout.write(table(evaluations.map(rowOf), { width: Math.max(stdout.width, 100), head, indent: 0 }));
  }
  return 0;
}

function rowOf({ evaluation, passed, failed, errored, started_at, duration_ms, workflow_hash, workflow }: EvaluationEntry): Cell[] {
  const counts = [passed, failed, errored].map((count): Cell => ({ text: String(count), right: true }));
  return [evaluation, ...counts, timeText(started_at), durationText(duration_ms), workflow_hash.slice(0, 12), workflow];
}
