import { fstatSync } from 'node:fs';
import { readStream } from './read-bounded.ts';

/** What is piped into the process. */
export interface StandardInput {
  /** Whether text waits there. */
  isWaiting(): Promise<boolean>;
  /** All of it. @throws EspalierError `input.invalid` if it is too much or not UTF-8. */
  read(): Promise<string>;
}

/** The standard input of this process. Nothing is read before it is asked for. */
export function processInput(): StandardInput {
  return {
    isWaiting: () => hasWaitingInput(process.stdin),
    read: () => readStream(process.stdin, 'Standard input'),
  };
}

/** Something that is piped into the process is there at once, or it will not be waited for. */
const patienceMs = 300;

/**
 * Whether text waits on standard input: a file or a pipe with something in it. A pipe that somebody merely left open, as many
 * programs do for the commands that they start, does not count; reading it would never end.
 */
async function hasWaitingInput(stdin: NodeJS.ReadStream & { fd: 0 }): Promise<boolean> {
  if (stdin.isTTY || !isFileOrPipe(stdin.fd)) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), patienceMs);
  const onReadable = () => resolve(stdin.readableLength > 0);
  stdin.once('readable', onReadable).once('error', () => resolve(false));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stdin.off('readable', onReadable);
  }
}

function isFileOrPipe(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isFile() || status.isFIFO() || status.isSocket();
  } catch {
    return false; // closed
  }
}
