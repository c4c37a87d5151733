import { engineVersion } from '@espalier/platform';
import { Command } from 'commander';
import { addBudgetCommand } from './commands/budget.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addCredentialsCommand } from './commands/credentials.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addEvalCommand } from './commands/eval.ts';
import { addForkCommands } from './commands/forks.ts';
import { addGraphCommand } from './commands/graph.ts';
import { addInitCommand } from './commands/init.ts';
import { addInspectCommand } from './commands/inspect.ts';
import { addMemoryCommand } from './commands/memory.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addModelsCommand } from './commands/models.ts';
import { addProfileCommand } from './commands/profile.ts';
import { addQueueCommand } from './commands/queue.ts';
import { addReadersCommand } from './commands/readers.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addRequestCommands } from './commands/requests.ts';
import { addRunCommand } from './commands/run.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addUsageCommand } from './commands/usage.ts';
import { addValidateCommand } from './commands/validate.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addWorkerCommand } from './commands/worker.ts';
import type { ReportExit, Surroundings } from './surroundings.ts';

/** The command line as commander parses it. It throws CommanderError instead of exiting. */
export function createProgram(surroundings: Surroundings, exit: ReportExit): Command {
  const { stdout, stderr } = surroundings;
  const program = new Command('espalier')
    .description('Runs agents in deterministic workflows, with a journal of everything that happens.')
    .version(engineVersion, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print help.')
    .helpCommand('help [command]', 'Print help for a command.')
    .enablePositionalOptions() // a command with commands of its own has options that theirs may be called like
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {}, // reported like every other error
      getOutHelpWidth: () => stdout.width,
      getErrHelpWidth: () => stderr.width,
    });
  addInitCommand(program, surroundings, exit);
  addValidateCommand(program, surroundings, exit);
  addCredentialsCommand(program, surroundings, exit);
  addModelsCommand(program, surroundings, exit);
  addGraphCommand(program, surroundings, exit);
  addRunCommand(program, surroundings, exit);
  addRunsCommand(program, surroundings, exit);
  addInspectCommand(program, surroundings, exit);
  addDiffCommand(program, surroundings, exit);
  addCompareCommand(program, surroundings, exit);
  addProfileCommand(program, surroundings, exit);
  addVerifyCommand(program, surroundings, exit);
  addEvalCommand(program, surroundings, exit);
  addRequestCommands(program, surroundings, exit);
  addForkCommands(program, surroundings, exit);
  addReplayCommand(program, surroundings, exit);
  addQueueCommand(program, surroundings, exit);
  addUsageCommand(program, surroundings, exit);
  addBudgetCommand(program, surroundings, exit);
  addMemoryCommand(program, surroundings, exit);
  addWorkerCommand(program, surroundings, exit);
  addMigrateCommand(program, surroundings, exit);
  addReadersCommand(program, surroundings, exit);
  return program;
}
