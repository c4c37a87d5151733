import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import {
  compareEvaluations,
  countOutcomes,
  type Evaluation,
  type EvaluationComparison,
  type EvaluationProgress,
  isRegression,
  type Platform,
} from '@espalier/platform';
import type { Command } from 'commander';
import { commandLine } from '../advice.ts';
import { findEvaluation, newestEvaluation } from '../evaluation-reference.ts';
import { positiveInteger } from '../input/positive-integer.ts';
import { evaluationComparison } from '../output/evaluation-comparison.ts';
import { evaluationReport } from '../output/evaluation-report.ts';
import { junitXml } from '../output/junit.ts';
import { LiveLine } from '../output/live-line.ts';
import { watchSignals } from '../signals.ts';
import { addStorageOptions, type StorageChoice, storageWords } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withPlatform } from '../with-platform.ts';
import { addCompareCommand, addHistoryCommand } from './eval-history.ts';

interface EvalChoice extends StorageChoice {
  filter?: string;
  concurrency: number;
  baseline?: string;
  junit?: string;
  workspaces?: string;
  json?: true;
}

/** `espalier eval`: runs the cases of a workflow and judges them (ENG-E). */
export function addEvalCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('eval')
    .summary('Run and judge declared cases.')
    .description(
      'Run the cases that evaluations.yaml declares, each in a workspace of its own, and judge what comes of them. The exit code is 0 if all pass.',
    )
    .enablePositionalOptions()
    .argument('<directory>', 'the directory of the workflow')
    .option('--filter <text>', 'only cases with this text in <suite>/<case>')
    .option('--concurrency <count>', 'cases that run at a time', positiveInteger, 4)
    .option(
      '--baseline <evaluation>',
      'compare with this evaluation, and exit with 0 unless a case fails that did not fail there: an id, its beginning, last, or a .json file that --json wrote',
    )
    .option('--junit <file>', 'also write the results as JUnit XML')
    .option('--workspaces <directory>', 'keep the workspaces of the cases below this directory; default: they are temporary')
    .option('--json', 'print one JSON object');
  addStorageOptions(command).action(async (directory: string, choice: EvalChoice) =>
    exit(await withPlatform(surroundings, choice, (platform) => evaluate(platform, { directory, choice }, surroundings))),
  );
  addCompareCommand(command, surroundings, exit);
  addHistoryCommand(command, surroundings, exit);
}

interface EvalRequest {
  directory: string;
  choice: EvalChoice;
}

async function evaluate(platform: Platform, request: EvalRequest, surroundings: Surroundings): Promise<number> {
  const { choice } = request;
  const directory = resolve(surroundings.directory, request.directory);
  const baseline = await baselineOf(platform, { directory, choice }, surroundings);
  const evaluation = await watched(platform, { directory, choice }, surroundings);
  const comparison = baseline && compareEvaluations(baseline, evaluation);
  if (choice.junit !== undefined) await writeReport(resolve(surroundings.directory, choice.junit), junitXml(evaluation));
  write({ evaluation, comparison }, choice, surroundings);
  const failing = comparison ? comparison.cases.some(isRegression) : evaluation.cases.some(({ outcome }) => outcome !== 'passed');
  return failing ? 1 : 0;
}

/** Looked for before anything is run: whoever mistyped it is told at once. The first evaluation of all has no last one, which is no mistake. */
async function baselineOf(platform: Platform, { directory, choice }: EvalRequest, surroundings: Surroundings) {
  if (choice.baseline === undefined) return undefined;
  if (choice.baseline !== 'last') return findEvaluation(platform, choice.baseline, surroundings.directory);
  const compiled = await platform.compile(directory);
  const newest = compiled.ok ? await newestEvaluation(platform, compiled.workflow.id) : undefined;
  if (compiled.ok && !newest) surroundings.stderr.write('There is no earlier evaluation to compare with: every case counts.\n');
  return newest;
}

/** Shows how far it is on a terminal; Ctrl-C cancels what is under way. */
async function watched(platform: Platform, { directory, choice }: EvalRequest, surroundings: Surroundings): Promise<Evaluation> {
  const { stderr } = surroundings;
  const stop = new AbortController();
  let progress: EvaluationProgress | undefined;
  const live = new LiveLine(stderr, { underWay: () => (progress ? linesOf(progress) : []) });
  const forget = watchSignals({
    onInterrupt: () => {
      live.write('Cancelling the cases under way. Ctrl-C again stops at once.\n');
      stop.abort(new EspalierError('run.cancelled', 'cancelled with Ctrl-C'));
    },
    onSuspend: () => live.write('An evaluation cannot be paused: the times of its cases would say nothing.\n'),
    onQuit: () => live.end(),
  });
  const { filter, concurrency } = choice;
  const workspaces = choice.workspaces === undefined ? undefined : resolve(surroundings.directory, choice.workspaces);
  const observe = (now: EvaluationProgress) => {
    progress = now;
  };
  try {
    return await platform.evaluate(directory, { filter, concurrency, workspaces, signal: stop.signal, observe });
  } finally {
    forget();
    live.end();
  }
}

function linesOf({ total, ended, notPassed, underWay }: EvaluationProgress) {
  const wrong = notPassed === 0 ? '' : `, ${notPassed} not passed`;
  return underWay.map(({ name, startedAt }) => ({ node: `${ended} of ${total}${wrong}  ${name}`, startedAt }));
}

async function writeReport(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    throw new EspalierError('input.invalid', `${path} cannot be written; expected a place for the JUnit report.`, { cause });
  }
}

interface Findings {
  evaluation: Evaluation;
  comparison: EvaluationComparison | undefined;
}

function write({ evaluation, comparison }: Findings, choice: EvalChoice, surroundings: Surroundings): void {
  const { stdout } = surroundings;
  if (choice.json) {
    const counts = countOutcomes(evaluation.cases);
    stdout.write(`${JSON.stringify({ ...evaluation, counts, ...(comparison ? { comparison } : {}) })}\n`);
    return;
  }
  const failing = evaluation.cases.find(({ outcome, run }) => outcome !== 'passed' && run !== undefined);
  const words = storageWords(choice);
  const next = failing?.run === undefined ? [] : [commandLine(surroundings, ['inspect', failing.run, ...words])];
  stdout.write(evaluationReport(evaluation, { width: stdout.width, style: stdout.style, next }));
  if (comparison) stdout.write(`\n${evaluationComparison(comparison, stdout)}`);
}
