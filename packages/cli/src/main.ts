import { performCommandLine, reportError } from './command-line.ts';
import { processSurroundings } from './surroundings.ts';

/** Runs one command line in this process and ends the process with its exit code. @param words without node and script. */
export async function main(words: readonly string[]): Promise<void> {
  const surroundings = processSurroundings();
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const fail = (thrown: unknown) => end(reportError(thrown, words, surroundings));
  // What a workflow's own code left behind ends the command, but shows no stack.
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  await end(await performCommandLine(words, surroundings));
}

/** The reader went away, as `| head` does: nobody is left to be told. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Exits once everything is written. Code of a workflow that never settles must not keep the process alive. */
async function end(exitCode: number): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
  process.exit(exitCode);
}
