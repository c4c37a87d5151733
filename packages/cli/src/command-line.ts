import { CommanderError } from 'commander';
import { errorJson, errorText, exitCodeOf, usageError } from './output/error-report.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** Performs one command line. Never throws: errors are reported. @param words without node and script. @returns the exit code. */
export async function performCommandLine(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await perform(words, surroundings);
  } catch (thrown) {
    return reportError(thrown, words, surroundings);
  }
}

async function perform(words: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode = 0;
  const program = createProgram(surroundings, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    if (thrown.code === 'commander.help') return exitCodeOf(usageError(''));
    throw usageError(thrown.message);
  }
}

/** Writes an error where it belongs, as JSON if the words ask for that. @returns the exit code. */
export function reportError(thrown: unknown, words: readonly string[], { stdout, stderr, directory, environment }: Surroundings): number {
  const options = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  if (options.includes('--json')) stdout.write(errorJson(thrown));
  else stderr.write(errorText(thrown, { width: stderr.width, style: stderr.style, directory, debug: environment.debug }));
  return exitCodeOf(thrown);
}
