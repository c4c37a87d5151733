import type { ForkOptions, Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { type EditChoice, readForkEdits } from '../input/fork-edits.ts';
import { editLines, originLine } from '../output/fork-lines.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns, withPlatform } from '../with-platform.ts';
import { performed } from './run.ts';
import type { Watching } from './watched-run.ts';

interface ForkChoice extends StorageChoice, EditChoice {
  live?: true;
  paused?: true;
  workspace?: string;
  json?: true;
  events?: true;
}

/** `espalier fork`, `adopt`, `discard` and `rewind`: what would have been, and making it so (S3). */
export function addForkCommands(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  addFork(program, surroundings, exit);
  addRewind(program, surroundings, exit);
  addAdopt(program, surroundings, exit);
  addDiscard(program, surroundings, exit);
}

function addFork(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const fork = program
    .command('fork')
    .summary('Ask what would have been.')
    .description(
      'Begin a run with the state of another at some place, edited. What is on record of the same calls is taken over; of the rest only what is low in risk is performed, unless --live.',
    )
    .option('--live', 'perform also what is not low in risk');
  addForkOptions(fork).action(async (reference: string, choice: ForkChoice) =>
    exit(await branchOff(reference, { choice, surroundings, begin: (platform, run, options) => platform.fork(run, options) })),
  );
}

function addRewind(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const rewind = program
    .command('rewind')
    .summary('Go back to a place in a run.')
    .description('Go back to a place of a run and on from there, edited if need be: the task goes on with it, and nothing is deleted.');
  addForkOptions(rewind).action(async (reference: string, choice: ForkChoice) =>
    exit(await branchOff(reference, { choice, surroundings, begin: (platform, run, options) => platform.rewind(run, options) })),
  );
}

function addAdopt(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const adopt = program
    .command('adopt')
    .summary('Make a fork its task’s run.')
    .description('Make a fork the current run of its task, once both it and the run that is current have ended or are paused.')
    .argument('<run>', 'the id of a fork, its beginning, or last')
    .option('--json', 'print one JSON object');
  addStorageOptions(adopt).action(async (reference: string, choice: ForkChoice) => exit(await adopted(reference, choice, surroundings)));
}

function addDiscard(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const discard = program
    .command('discard')
    .summary('Give a fork up for good.')
    .description(
      'Give up a fork that has ended and was not adopted: nothing of it is remembered, and it cannot be adopted. Its journal stays.',
    )
    .argument('<run>', 'the id of a fork, its beginning, or last')
    .option('--json', 'print one JSON object');
  addStorageOptions(discard).action(async (reference: string, choice: ForkChoice) =>
    exit(await discarded(reference, choice, surroundings)),
  );
}

function addForkOptions(command: Command): Command {
  return addStorageOptions(
    command
      .argument('<run>', 'the id of a run, its beginning, or last')
      .requiredOption(
        '--at <place>',
        'after which event: its number, node:<id>[@<task>] for where that node completed last, or before:<id>[@<task>]',
      )
      .option('--task <task>', 'the task that is edited', 'root')
      .option('--input <value>', 'what its next node receives: text, JSON, or @file')
      .option('--output <value>', 'what its last node gave, instead: text, JSON, or @file')
      .option('--change <field=value...>', 'another field of what its last node gave, by JSON Pointer, such as /title=Pears')
      .option('--set <parameter=value...>', 'another parameter, such as nodes.draft.with.tone=warm or agents.editor.llm=…')
      .option('--paused', 'pause it before its first node: espalier step performs one at a time')
      .option('--workspace <directory>', 'what file tools may touch, made if need be; default: the current directory')
      .option('--json', 'print one JSON object at the end and nothing else')
      .option('--events', 'print every event as a line of JSON; the report goes to standard error'),
  );
}

interface BranchingOff {
  choice: ForkChoice;
  surroundings: Surroundings;
  begin(platform: Platform, run: string, options: ForkOptions): ReturnType<Platform['fork']>;
}

async function branchOff(reference: string, { choice, surroundings, begin }: BranchingOff): Promise<number> {
  return withPlatform(surroundings, choice, async (platform) => {
    const parent = await findRun(platform, reference);
    const report = await platform.inspect(parent);
    const edits = await readForkEdits(report, choice, surroundings.directory);
    const { workflow, notices } = report;
    const { live, paused } = choice;
    const { stderr } = surroundings;
    const watching: Watching = {
      workflow,
      choice,
      surroundings,
      takeUp: (run) => ['resume', run],
      begin: ({ observe, parkAfterMs }) => begin(platform, parent, { ...edits, at: edits.seq, live, paused, observe, parkAfterMs }),
      about: originLine({ run: parent, seq: edits.seq }, stderr) + editLines(edits, stderr),
      next: (run) => [
        ['inspect', run],
        ['compare', parent, run],
      ],
    };
    return performed(watching, notices);
  });
}

async function discarded(reference: string, choice: ForkChoice, surroundings: Surroundings): Promise<number> {
  return withKeptRuns(surroundings, choice, async (platform) => {
    const run = await findRun(platform, reference);
    const isNew = await platform.discard(run);
    if (choice.json) surroundings.stdout.write(`${JSON.stringify({ run, discarded: true })}\n`);
    else surroundings.stdout.write(`${run} is discarded${isNew ? '' : ' already'}; its journal stays.\n`);
    return 0;
  });
}

async function adopted(reference: string, choice: ForkChoice, surroundings: Surroundings): Promise<number> {
  return withKeptRuns(surroundings, choice, async (platform) => {
    const run = await findRun(platform, reference);
    const previous = await platform.adopt(run);
    const { task } = await platform.inspect(run);
    if (choice.json) surroundings.stdout.write(`${JSON.stringify({ run, task, previous })}\n`);
    else surroundings.stdout.write(`${run} is the current run of ${task}, in the place of ${previous}.\n`);
    return 0;
  });
}
