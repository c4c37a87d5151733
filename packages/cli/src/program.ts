import { engineVersion } from '@espalier/platform';
import { Command } from 'commander';
import { addCredentialsCommand } from './commands/credentials.ts';
import { addGraphCommand } from './commands/graph.ts';
import { addInitCommand } from './commands/init.ts';
import { addInspectCommand } from './commands/inspect.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addProfileCommand } from './commands/profile.ts';
import { addReadersCommand } from './commands/readers.ts';
import { addRequestCommands } from './commands/requests.ts';
import { addRunCommand } from './commands/run.ts';
import { addRunsCommand } from './commands/runs.ts';
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
  addGraphCommand(program, surroundings, exit);
  addRunCommand(program, surroundings, exit);
  addRunsCommand(program, surroundings, exit);
  addInspectCommand(program, surroundings, exit);
  addProfileCommand(program, surroundings, exit);
  addVerifyCommand(program, surroundings, exit);
  addRequestCommands(program, surroundings, exit);
  addWorkerCommand(program, surroundings, exit);
  addMigrateCommand(program, surroundings, exit);
  addReadersCommand(program, surroundings, exit);
  return program;
}
