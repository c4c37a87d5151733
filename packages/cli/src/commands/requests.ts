import { EspalierError } from '@espalier/core';
import type { Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { findRun } from '../run-reference.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withPlatform } from '../with-platform.ts';
import { run } from './run.ts';

interface RequestChoice extends StorageChoice {
  reason?: string;
  json?: true;
}

type Ask = (platform: Platform, run: string, reason: string | undefined) => Promise<{ status: string; says: string }>;

/** `espalier cancel`, `pause` and `resume`: what people ask of runs that are under way elsewhere, or nowhere (S13, S14). */
export function addRequestCommands(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const add = (name: string, describe: (command: Command) => Command, ask: Ask) => {
    const command = describe(addStorageOptions(program.command(name)).argument('<run>', 'the id of a run, its beginning, or last'));
    command.option('--json', 'print one JSON object').action(async (reference: string, choice: RequestChoice) => {
      exit(await withPlatform(surroundings, choice, (platform) => asked(platform, { reference, choice, ask }, surroundings)));
    });
  };
  add('cancel', describeCancel, async (platform, id, reason = 'cancelled by a person') => {
    const status = await platform.cancel(id, reason);
    return { status, says: status === 'cancelled' ? 'is cancelled' : 'is asked to end; the process that drives it ends it' };
  });
  add('pause', describePause, async (platform, id, reason) => {
    const changed = await platform.pause(id, reason);
    return { status: 'paused', says: changed ? 'is paused; what is under way still ends' : 'is paused already' };
  });
  addResumeCommand(program, surroundings, exit);
}

function describeCancel(command: Command): Command {
  return command
    .summary('End a run.')
    .description('Ask a run to end, wherever it is driven. One that nobody drives is ended at once.')
    .option('--reason <text>', 'why, for its journal');
}

function describePause(command: Command): Command {
  return command
    .summary('Pause a run.')
    .description('Let what is under way in a run end, and begin nothing more until it is resumed.')
    .option('--reason <text>', 'why, for its journal');
}

interface AskedRequest {
  reference: string;
  choice: RequestChoice;
  ask: Ask;
}

async function asked(platform: Platform, { reference, choice, ask }: AskedRequest, { stdout }: Surroundings): Promise<number> {
  const id = await findRun(platform, reference);
  const { status, says } = await ask(platform, id, choice.reason);
  stdout.write(choice.json ? `${JSON.stringify({ run: id, status })}\n` : `${id} ${says}.\n`);
  return 0;
}

function addResumeCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  addStorageOptions(program.command('resume'))
    .summary('Let a paused run go on.')
    .description('Let a paused run go on: with a PostgreSQL server in a worker, else here.')
    .argument('<run>', 'the id of a run, its beginning, or last')
    .option('--workspace <directory>', 'what file tools may touch if it goes on here; default: the current directory')
    .option('--json', 'print one JSON object')
    .action(async (reference: string, choice: ResumeChoice) => exit(await resume(reference, choice, surroundings)));
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
      const changed = await platform.resume(id);
      return { status: 'running', says: changed ? 'goes on as soon as a worker takes it up' : 'is not paused' };
    };
    return withPlatform(surroundings, choice, (platform) => asked(platform, { reference, choice, ask }, surroundings));
  }
  const { id, directory } = await withPlatform(surroundings, choice, async (platform) => {
    const found = await findRun(platform, reference);
    const { status, directory: where } = await platform.inspect(found);
    if (status === 'completed' || status === 'cancelled')
      throw new EspalierError('run.ended', `Run ${found} has ended.`, { details: { run: found } });
    return { id: found, directory: where };
  });
  return run({ directory, words: [], choice: { ...choice, resume: id } }, surroundings);
}
