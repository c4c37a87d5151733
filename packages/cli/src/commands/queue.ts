import { resolve } from 'node:path';
import { faultOf } from '@espalier/core';
import type { Platform, QueueStatus, RunResult } from '@espalier/platform';
import { type Command, CommanderError } from 'commander';
import { positiveInteger } from '../input/positive-integer.ts';
import { readRunInput } from '../input/run-input.ts';
import { outcomePaint } from '../output/outcome-symbol.ts';
import { oneLine } from '../output/printable.ts';
import { countText, durationText } from '../output/quantities.ts';
import { type Cell, table } from '../output/table.ts';
import { watchSignals } from '../signals.ts';
import { addStarterOptions, type StarterChoice, starterOf } from '../starter-options.ts';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withPlatform } from '../with-platform.ts';

interface QueueChoice extends StorageChoice {
  json?: true;
}

interface AddChoice extends QueueChoice, StarterChoice {
  input?: string;
  start?: string;
  workspace?: string;
}

interface DriveChoice extends QueueChoice {
  workflow?: string;
  limit?: number;
  capacity: number;
  workspace?: string;
}

/** `espalier queue`: runs that wait for their turn (ENG-Q). */
export function addQueueCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  const queue = addStorageOptions(program.command('queue'))
    .summary('Show the queues of workflows.')
    .description('Show how many runs queue for each workflow whose scheduler is enabled, how many are at work, and what is allowed.')
    .option('--json', 'print one JSON object')
    .action(async (choice: QueueChoice, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) throw new CommanderError(1, 'commander.unknownCommand', `error: unknown command '${unknown}'`);
      exit(await withPlatform(surroundings, choice, (platform) => show(platform, choice, surroundings)));
    });
  addStarterOptions(addStorageOptions(queue.command('add')))
    .summary('Leave a run in the queue of its workflow.')
    .description('Leave a run in the queue of its workflow and print its id. Without an enabled scheduler it is performed at once.')
    .argument('<directory>', 'the directory of the workflow')
    .argument('[instruction...]', 'the input as plain text; without it: what is piped in, else the example of the workflow')
    .option('-i, --input <text>', 'the input: text, JSON, @file (JSON if it ends in .json), or - for standard input')
    .option('--start <node>', 'the start node; default: the default start of the workflow')
    .option('--workspace <directory>', 'what file tools may touch; default: the current directory')
    .option('--json', 'print one JSON object')
    .action(async (directory: string, words: string[], _: unknown, command: Command) => {
      const choice = command.optsWithGlobals<AddChoice>();
      exit(await withPlatform(surroundings, choice, (platform) => add(platform, { directory, words, choice }, surroundings)));
    });
  addStorageOptions(queue.command('run'))
    .summary('Drive the runs that queue.')
    .description('Drive the runs that queue, in their order and within their limits, until none is left. Ctrl-C takes no further run.')
    .option('--workflow <id>', 'of this workflow only')
    .option('--limit <count>', 'at most so many runs', positiveInteger)
    .option('--capacity <count>', 'runs driven at once', positiveInteger, 8)
    .option('--workspace <directory>', 'what file tools may touch; default: the current directory')
    .option('--json', 'print one JSON object at the end')
    .action(async (_: unknown, command: Command) => {
      const choice = command.optsWithGlobals<DriveChoice>();
      exit(await withPlatform(surroundings, choice, (platform) => drive(platform, choice, surroundings)));
    });
}

async function show(platform: Platform, { json }: QueueChoice, { stdout }: Surroundings): Promise<number> {
  const queues = await platform.queues();
  if (json) stdout.write(`${JSON.stringify({ queues: queues.map(queueJson) })}\n`);
  else if (queues.length === 0) stdout.write('No run has queued yet.\n');
  else {
    const titles = ['Workflow', 'Queued', 'Oldest', 'At work', 'Rate'];
    stdout.write(table(queues.map(rowOf), { width: stdout.width, head: { titles, paint: stdout.style.dim }, indent: 0 }));
  }
  return 0;
}

function queueJson({ workflow, queued, running, oldestAt, limits }: QueueStatus) {
  const rate = limits.rate && { runs: limits.rate.runs, per_ms: limits.rate.perMs };
  const allowed = { max_concurrency: limits.maxConcurrency, max_queue_size: limits.maxSize, rate_limit: rate };
  return { workflow, queued, running, oldest_at: oldestAt ?? null, ...allowed };
}

function rowOf({ workflow, queued, running, oldestAt, limits }: QueueStatus): Cell[] {
  return [
    workflow,
    limits.maxSize === null ? String(queued) : `${queued} of ${limits.maxSize}`,
    oldestAt === undefined ? '' : durationText(Math.max(0, Date.now() - oldestAt)),
    `${running} of ${limits.maxConcurrency}`,
    limits.rate === null ? '' : `${countText(limits.rate.runs, 'run')} in ${durationText(limits.rate.perMs)}`,
  ];
}

interface Addition {
  directory: string;
  words: readonly string[];
  choice: AddChoice;
}

async function add(platform: Platform, { directory, words, choice }: Addition, surroundings: Surroundings): Promise<number> {
  const open = await platform.open(resolve(surroundings.directory, directory));
  const { input, start } = await readRunInput({ option: choice.input, words }, open.workflow, surroundings);
  const run = await open.enqueue({ input, start: choice.start ?? start, ...starterOf(choice, surroundings) });
  const status = open.workflow.scheduler.enabled ? 'queued' : (await platform.inspect(run)).status;
  surroundings.stdout.write(choice.json ? `${JSON.stringify({ run, status })}\n` : `${run}\n`);
  return 0;
}

async function drive(platform: Platform, { workflow, limit, capacity, json }: DriveChoice, surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const stopping = new AbortController();
  const forget = watchSignals({
    onInterrupt: () => {
      stderr.write('Taking no further run. Ctrl-C again stops at once.\n');
      stopping.abort();
    },
    onSuspend: () => {},
    onQuit: () => {},
  });
  let failed = 0;
  const onEnded = ({ run, status, outcome }: RunResult) => {
    if (outcome !== 'success' && outcome !== 'partial') failed += 1;
    if (json) return;
    const word = outcome ?? status;
    stdout.write(`${run}  ${outcome ? outcomePaint(outcome, stdout.style)(word) : word}\n`);
  };
  const onProblem = (thrown: unknown, { run }: { run: string }) => {
    failed += 1;
    const { code, message } = faultOf(thrown);
    stderr.write(`${oneLine(`${run} could not be driven, ${code}: ${message}`)}\n`);
  };
  try {
    const driven = await platform.runQueued({ workflow, limit, capacity, signal: stopping.signal, onEnded, onProblem });
    stdout.write(
      json ? `${JSON.stringify({ driven, failed })}\n` : driven === 0 ? 'Nothing is queued.\n' : `${countText(driven, 'run')} driven.\n`,
    );
    return failed === 0 ? 0 : 1;
  } finally {
    forget();
  }
}
