import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { performCommandLine } from '../command-line.ts';
import { readEnvironment } from '../environment.ts';
import { createStyle } from '../output/style.ts';
import type { Terminal } from '../output/terminal.ts';

const bin = fileURLToPath(new URL('../../bin/espalier.js', import.meta.url));
const ownNode = fileURLToPath(new URL('../../../../node_modules/.bin/node', import.meta.url));
/** Tests may be started by a Node that is too old for Espalier. */
const node = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : ownNode;

/**
 * Opening a database takes a second, so tests of what is printed keep their runs in files. Those of storage say where:
 * `environment: embedded`, or a DATABASE_URL.
 */
const inFiles = { ESPALIER_JOURNAL: 'file' };

/** For tests of the database that newcomers have, embedded in the state directory. */
export const embedded = { ESPALIER_JOURNAL: 'database' };

/** What a process left behind. */
export interface Ended {
  exit: number | null;
  stdout: string;
  stderr: string;
}

interface SpawnOptions {
  cwd: string;
  environment?: Record<string, string>;
  /** Written to standard input; `open` leaves the pipe open with nothing in it. Default: no input at all. */
  stdin?: string | Buffer | 'open';
  /** Signals to send as soon as standard error holds a text. */
  signals?: { after: string; signal: NodeJS.Signals }[];
  nodeOptions?: string[];
  /** Standard output has no reader. */
  closeStdout?: boolean;
}

/** A process under way. */
export interface Started {
  /** Resolves as soon as its standard error holds the text; throws if it ends without. */
  says(text: string): Promise<void>;
  /** Its standard error up to now. */
  said(): string;
  signal(signal: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/** Runs the real program in a process of its own, at a second each: for what needs a process. The environment holds nothing but what is given. */
export async function spawnEspalier(words: readonly string[], options: SpawnOptions): Promise<Ended> {
  const started = startEspalier(words, options);
  for (const { after, signal } of options.signals ?? []) {
    await started.says(after);
    started.signal(signal);
  }
  return started.ended;
}

/** The same, for tests that do something meanwhile. They have to see to its end. */
export function startEspalier(words: readonly string[], options: Omit<SpawnOptions, 'signals'>): Started {
  const { cwd, environment, stdin, nodeOptions = [] } = options;
  const child = spawn(node, [...nodeOptions, bin, ...words], {
    cwd,
    env: { PATH: process.env.PATH, ...inFiles, ...environment },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const ended: Ended = { exit: null, stdout: '', stderr: '' };
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const collect = (stream: 'stdout' | 'stderr') => (text: string) => {
    ended[stream] += text;
  };
  child.stdout?.setEncoding('utf8').on('data', collect('stdout'));
  child.stderr?.setEncoding('utf8').on('data', collect('stderr'));
  if (options.closeStdout) child.stdout?.destroy();
  if (stdin !== undefined && stdin !== 'open') child.stdin?.end(stdin);
  child.once('error', reject).once('close', (exit) => {
    child.stdin?.destroy();
    resolve({ ...ended, exit });
  });
  const says = async (text: string) => {
    while (!ended.stderr.includes(text)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended without ${text}: ${ended.stderr}`);
      await new Promise((again) => setTimeout(again, 10));
    }
  };
  return { says, said: () => ended.stderr, signal: (signal) => void child.kill(signal), ended: promise };
}

/** Performs a command line in this process, on the real files below `cwd`. */
export async function espalier(words: readonly string[], { cwd, environment = {}, stdin, width = 80 }: InProcessOptions): Promise<Ended> {
  const ended: Ended = { exit: null, stdout: '', stderr: '' };
  const terminal = (stream: 'stdout' | 'stderr'): Terminal => ({
    write: (text) => {
      ended[stream] += text;
    },
    isLive: false,
    width,
    style: createStyle(false),
  });
  ended.exit = await performCommandLine(words, {
    directory: cwd,
    environment: readEnvironment({ ...inFiles, ...environment }),
    stdin: { isWaiting: async () => stdin !== undefined, read: async () => stdin ?? '' },
    stdout: terminal('stdout'),
    stderr: terminal('stderr'),
  });
  return ended;
}

interface InProcessOptions {
  cwd: string;
  environment?: Record<string, string>;
  stdin?: string;
  /** Of the terminals, in columns. */
  width?: number;
}

/** A temporary directory with `files` in it, by path. It goes when the scope that `using` stands in ends. */
export async function temporaryDirectory(files: Readonly<Record<string, string | Buffer>> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'espalier-cli-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
