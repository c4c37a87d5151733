import { resolve } from 'node:path';
import { type Environment, readEnvironment } from './environment.ts';
import { processInput, type StandardInput } from './input/standard-input.ts';
import { createTerminal, type Terminal } from './output/terminal.ts';

/** What a command acts in. */
export interface Surroundings {
  /** The current directory; absolute. */
  directory: string;
  environment: Environment;
  stdin: StandardInput;
  /** Results. */
  stdout: Terminal;
  /** Progress, notes and errors. */
  stderr: Terminal;
}

/** Takes the exit code of the command that was performed. */
export type ReportExit = (exitCode: number) => void;

/** The surroundings of this process. */
export function processSurroundings(): Surroundings {
  const environment = readEnvironment();
  return {
    directory: process.cwd(),
    environment,
    stdin: processInput(),
    stdout: createTerminal(process.stdout, environment),
    stderr: createTerminal(process.stderr, environment),
  };
}

/** The state directory: what the option says, else the environment, else `.espalier` under the current directory. Absolute. */
export function stateDirectory({ directory, environment }: Surroundings, option: string | undefined): string {
  return resolve(directory, option ?? environment.stateDirectory ?? '.espalier');
}
