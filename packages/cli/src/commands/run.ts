import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EspalierError, type JournalEvent } from '@espalier/core';
import type { CassetteChoice, RunResult } from '@espalier/platform';
import { type Command, Option } from 'commander';
import { costsOf } from '../activity/run-costs.ts';
import { elapsedMs, errorOf, type RunSummary, runExitCode, summaryJson, writtenFiles } from '../activity/run-summary.ts';
import { commandLine } from '../advice.ts';
import { readRunInput } from '../input/run-input.ts';
import { oneLine } from '../output/printable.ts';
import { runReport } from '../output/run-report.ts';
import { addStarterOptions, starterOf } from '../starter-options.ts';
import { addStorageOptions, storageWords } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withPlatform } from '../with-platform.ts';
import { placeWords, type RunChoice, type RunRequest, runOf, type Watching, watchedRun } from './watched-run.ts';

/** `espalier run`: performs a workflow, showing every node as it ends. */
export function addRunCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const command = program
    .command('run')
    .summary('Run a workflow.')
    .description('Run a workflow, or take up a run that was interrupted. Ctrl-C cancels the run, Ctrl-Z pauses it.')
    .argument('<directory>', 'the directory of the workflow')
    .argument('[instruction...]', 'the input as plain text; without it: what is piped in, else the example of the workflow')
    .option('-i, --input <text>', 'the input: text, JSON, @file (JSON if it ends in .json), or - for standard input')
    .option('--start <node>', 'the start node; default: the default start of the workflow')
    .option('--workspace <directory>', 'what file tools may touch, made if need be; default: the current directory')
    .addOption(
      new Option('--record <file>', 'write what models and tools answer into a cassette').conflicts(['replay', 'resume', 'detach']),
    )
    .addOption(
      new Option('--replay <file>', 'have a cassette answer in the place of models and tools: nobody is asked').conflicts('detach'),
    )
    .addOption(new Option('--stream', 'show what agents say while they say it').conflicts(['json', 'detach']))
    .addOption(
      new Option('--resume <run>', 'take up this run where its journal ends: an id, its beginning, or last').conflicts([
        'input',
        'start',
        'user',
        'session',
      ]),
    )
    .addOption(new Option('--detach', 'leave the run to workers (`espalier worker`) and print its id').conflicts(['resume', 'events']))
    .addOption(new Option('--json', 'print one JSON object at the end and nothing else').conflicts('events'))
    .option('--events', 'print every event as a line of JSON; the report goes to standard error');
  addStarterOptions(command);
  addStorageOptions(command).action(async (directory: string, words: string[], choice: RunChoice) =>
    exit(await run({ directory, words, choice }, surroundings)),
  );
}

/** Performs a run to its end, or takes one up. @returns the exit code. */
async function run(request: RunRequest, surroundings: Surroundings): Promise<number> {
  const { choice } = request;
  if (choice.resume !== undefined && request.words.length > 0) {
    throw new EspalierError('usage.invalid', 'A resumed run has its input already: leave the instruction out, or --resume.');
  }
  if (choice.detach) return submitted(request, surroundings);
  const { record } = choice;
  const cassette = cassetteOf(choice, surroundings.directory);
  const exitCode = await withPlatform(surroundings, { ...choice, cassette }, async (platform) => {
    const open = await platform.open(resolve(surroundings.directory, request.directory));
    return performed(runOf(platform, open, { request, surroundings }), open.notices);
  });
  if (record !== undefined && !choice.json) surroundings.stderr.write(recordedLine(record, surroundings));
  return exitCode;
}

function cassetteOf({ record, replay }: RunChoice, directory: string): CassetteChoice | undefined {
  if (record !== undefined) {
    const path = resolve(directory, record);
    if (existsSync(path))
      throw new EspalierError('usage.invalid', `${oneLine(record)} is there already: name another file, or delete it first.`);
    return { record: path };
  }
  return replay === undefined ? undefined : { replay: resolve(directory, replay) };
}

function recordedLine(record: string, { stderr }: Surroundings): string {
  const file = oneLine(record);
  return `${stderr.style.dim(`Recorded in ${file}; with --replay ${file} the same run asks nobody.`)}\n`;
}

/** Performs a run to its end and reports it. @param notices shown if a model was asked. @returns the exit code. */
export async function performed(watching: Watching, notices: readonly string[]): Promise<number> {
  const { workflow, choice, surroundings } = watching;
  const { result, events } = await watchedRun(watching);
  if (result.parked) {
    writePaused(result, watching);
    return 0;
  }
  const summary: RunSummary = {
    workflow,
    notices: askedModel(events) ? notices : [],
    costs: costsOf(events),
    error: errorOf(events),
    result,
    files: writtenFiles(events, resolve(surroundings.directory, choice.workspace ?? '.')),
    durationMs: elapsedMs(events),
  };
  writeSummary(summary, watching, isOutOfMoney(events) ? [['budget']] : []);
  return runExitCode(result);
}

async function submitted({ directory, words, choice }: RunRequest, surroundings: Surroundings): Promise<number> {
  const { stdout, environment } = surroundings;
  if (environment.databaseUrl === undefined || (choice.journal ?? environment.journal) === 'file') {
    throw new EspalierError('usage.invalid', '--detach leaves the run to workers, which need a PostgreSQL server: set DATABASE_URL.');
  }
  return withPlatform(surroundings, choice, async (platform) => {
    const open = await platform.open(resolve(surroundings.directory, directory));
    const { input, start } = await readRunInput({ option: choice.input, words }, open.workflow, surroundings);
    const id = await open.submit({ input, start: choice.start ?? start, ...starterOf(choice, surroundings) });
    stdout.write(
      choice.json ? `${JSON.stringify({ run: id, status: open.workflow.scheduler.enabled ? 'queued' : 'running' })}\n` : `${id}\n`,
    );
    return 0;
  });
}

/** Somebody paused the run, here or elsewhere. */
function writePaused({ run, status, output }: RunResult, { choice, surroundings }: Watching): void {
  const { stdout, stderr } = surroundings;
  if (choice.json) stdout.write(`${JSON.stringify({ run, status, outcome: null, output })}\n`);
  const [resume, step] = ['resume', 'step'].map((command) => commandLine(surroundings, [command, run, ...placeWords(choice)]));
  stderr.write(`Paused. To let it go on, or perform one more node:\n  ${resume}\n  ${step}\n`);
}

/** Notices are about what models said: a run that asked none needs none. */
function askedModel(events: readonly JournalEvent[]): boolean {
  return events.some((event) => event.type === 'effect.started' && event.payload.kind === 'model');
}

const standardNext = (run: string) => [
  ['inspect', run],
  ['verify', run],
];

/** Whether a budget did not admit what the run needed. */
function isOutOfMoney(events: readonly JournalEvent[]): boolean {
  return events.some(({ type, payload }) => type === 'node.completed' && payload.error?.code === 'budget.exceeded');
}

type CommandWords = readonly (readonly string[])[];

function writeSummary(summary: RunSummary, { choice, surroundings, next = standardNext }: Watching, more: CommandWords): void {
  const { stdout, stderr, directory } = surroundings;
  if (choice.json) {
    stdout.write(`${JSON.stringify(summaryJson(summary))}\n`);
    return;
  }
  const terminal = choice.events ? stderr : stdout;
  const commands = [...next(summary.result.run), ...more].map((words) => commandLine(surroundings, [...words, ...storageWords(choice)]));
  terminal.write(runReport(summary, { width: terminal.width, style: terminal.style, directory, next: commands }));
}
