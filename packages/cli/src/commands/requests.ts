import { EspalierError } from '@espalier/core';
import type { Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withKeptRuns } from '../with-platform.ts';
import { run } from './run.ts';

interface RequestChoice extends StorageChoice {
  reason?: string;
  json?: true;
}

/** @returns what to tell people of the run. */
type Ask = (platform: Platform, run: string, reason: string | undefined) => Promise<string>;

/** `espalier cancel`, `pause` and `resume`: what people ask of runs that are under way elsewhere, or nowhere (S13, S14). */
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
  const { environment } = surroundings;
  const hasWorkers = environment.databaseUrl !== undefined && (choice.journal ?? environment.journal) !== 'file';
  if (hasWorkers) {
    const ask: Ask = async (platform, id) => {
      return (await platform.resume(id)) ? 'goes on as soon as a worker takes it up' : 'is not paused';
    };
    return withKeptRuns(surroundings, choice, (platform) => asked(platform, { reference, choice, ask }, surroundings));
  }
  const { id, directory } = await withKeptRuns(surroundings, choice, async (platform) => {
    const found = await findRun(platform, reference);
    const { status, directory: where } = await platform.inspect(found);
    if (status === 'completed' || status === 'cancelled')
      throw new EspalierError('run.ended', `Run ${found} has ended.`, { details: { run: found } });
    return { id: found, directory: where };
  });
  return run({ directory, words: [], choice: { ...choice, resume: id } }, surroundings);
}
