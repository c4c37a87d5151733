import { EspalierError } from '@espalier/core';
import type { Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { originLine } from '../output/fork-lines.ts';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns, withPlatform } from '../with-platform.ts';
import { performed } from './run.ts';
import type { Beginning } from './watched-run.ts';

interface RequestChoice extends StorageChoice {
  reason?: string;
  json?: true;
}

/** @returns what to tell people of the run. */
type Ask = (platform: Platform, run: string, reason: string | undefined) => Promise<string>;

/** `espalier cancel`, `pause`, `resume` and `step`: what people ask of runs that are under way elsewhere, or nowhere (S13, S14). */
export function addRequestCommands(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const add = (describe: (program: Command) => Command, ask: Ask) => {
    addRequestOptions(describe(program)).action(async (reference: string, choice: RequestChoice) => {
      exit(await withKeptRuns(surroundings, choice, (platform) => asked(platform, { reference, choice, ask }, surroundings)));
    });
  };
  add(describeCancel, async (platform, run, reason = 'cancelled by a person') => {
    const status = await platform.cancel(run, reason);
    return status === 'cancelled' ? 'is cancelled' : 'is asked to end, by the process that drives it';
  });
  add(describePause, async (platform, run, reason) => {
    return (await platform.pause(run, reason)) ? 'is paused; what is under way still ends' : 'is paused already';
  });
  const describe = describeResume(program);
  addRequestOptions(describe).action(async (reference: string, choice: ResumeChoice) =>
    exit(await resume(reference, choice, surroundings)),
  );
  addRequestOptions(describeStep(program)).action(async (reference: string, choice: ResumeChoice) =>
    exit(await step(reference, choice, surroundings)),
  );
}

function addRequestOptions(command: Command): Command {
  return addStorageOptions(command.argument('<run>', 'the id of a run, its beginning, or last').option('--json', 'print one JSON object'));
}

function describeCancel(program: Command): Command {
  return program
    .command('cancel')
    .summary('End a run.')
    .description('Ask a run to end, wherever it is driven. One that nobody drives is ended at once.')
    .option('--reason <text>', 'why, for its journal');
}

function describePause(program: Command): Command {
  return program
    .command('pause')
    .summary('Pause a run.')
    .description('Let what is under way in a run end, and begin nothing more until it is resumed.')
    .option('--reason <text>', 'why, for its journal');
}

function describeResume(program: Command): Command {
  return program
    .command('resume')
    .summary('Let a paused run go on.')
    .description('Let a paused run go on: in a worker if a PostgreSQL server keeps it, else here.')
    .option('--workspace <directory>', 'what file tools may touch if it goes on here; default: the current directory');
}

function describeStep(program: Command): Command {
  return program
    .command('step')
    .summary('Let a paused run perform one node.')
    .description('Let a paused run perform one more node: in a worker if a PostgreSQL server keeps it, else here.')
    .option('--workspace <directory>', 'what file tools may touch if it goes on here; default: the current directory');
}

interface AskedRequest {
  reference: string;
  choice: RequestChoice;
  ask: Ask;
}

async function asked(platform: Platform, { reference, choice, ask }: AskedRequest, { stdout }: Surroundings): Promise<number> {
  const id = await findRun(platform, reference);
  const says = await ask(platform, id, choice.reason);
  if (choice.json) stdout.write(`${JSON.stringify({ run: id, status: (await platform.inspect(id)).status })}\n`);
  else stdout.write(`${id} ${says}.\n`);
  return 0;
}

interface ResumeChoice extends StorageChoice {
  workspace?: string;
  json?: true;
}

async function resume(reference: string, choice: ResumeChoice, surroundings: Surroundings): Promise<number> {
  if (hasWorkers(choice, surroundings)) {
    const ask: Ask = async (platform, id) => {
      return (await platform.resume(id)) ? 'goes on as soon as a worker takes it up' : 'is not paused';
    };
    return withKeptRuns(surroundings, choice, (platform) => asked(platform, { reference, choice, ask }, surroundings));
  }
  return goOn(reference, { choice, surroundings, ask: (platform, id) => platform.resume(id) });
}

interface Going {
  choice: ResumeChoice;
  surroundings: Surroundings;
  /** What is asked of the run before it is taken up here. */
  ask(platform: Platform, run: string): Promise<boolean>;
}

/** Takes a run up in this process, with the workflow that it is pinned to, and shows how it goes on. */
async function goOn(reference: string, { choice, surroundings, ask }: Going): Promise<number> {
  return withPlatform(surroundings, choice, async (platform) => {
    const id = await findRun(platform, reference);
    const { workflow, events, notices, forkedFrom } = await platform.inspect(id);
    await ask(platform, id);
    const begin = async ({ observe, earlier, parkAfterMs }: Beginning) => {
      earlier(events);
      return platform.takeUp(id, { observe, parkAfterMs });
    };
    const takeUp = (run: string) => ['resume', run];
    const about = forkedFrom && originLine(forkedFrom, surroundings.stderr);
    return performed({ workflow, choice, surroundings, takeUp, begin, about }, notices);
  });
}

async function step(reference: string, choice: ResumeChoice, surroundings: Surroundings): Promise<number> {
  const ask = async (platform: Platform, id: string) => {
    if (await platform.step(id)) return true;
    throw new EspalierError('usage.invalid', `Run ${id} is not paused: pause it first, then step through it.`);
  };
  if (!hasWorkers(choice, surroundings)) return goOn(reference, { choice, surroundings, ask });
  const asks: Ask = async (platform, id) => {
    await ask(platform, id);
    return 'performs one more node as soon as a worker takes it up';
  };
  return withKeptRuns(surroundings, choice, (platform) => asked(platform, { reference, choice, ask: asks }, surroundings));
}

function hasWorkers({ journal }: ResumeChoice, { environment }: Surroundings): boolean {
  return environment.databaseUrl !== undefined && (journal ?? environment.journal) !== 'file';
}
