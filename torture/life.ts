import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A process of a torture. */
export interface Living {
  child: ChildProcess;
  /** Resolves when it is at work, or has ended. */
  ready: Promise<void>;
  ended: Promise<Death>;
}

/** How a process ended. */
export interface Death {
  signal: NodeJS.Signals | null;
  code: number | null;
  /** What it said on standard error. */
  said: string;
}

/** Starts a program of `processes/`; `settings` is what it reads with `readSettings`. */
export function startProcess(program: string, settings: object): Living {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'processes', program), JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'pipe'], // the first tells it when this process is gone
  });
  const said = text(child.stderr);
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = exit.then(async ([code, signal]) => ({ code, signal, said: await said }));
  const ready = Promise.race([once(child.stdout, 'data'), exit]).then(() => undefined);
  return { child, ready, ended };
}

/** How long a process may take that was asked to end. */
const patienceMs = 15_000;

/**
 * Resolves with how a process ended, after it was sent `signal` `afterMs` after it was ready, unless it ended before. One that does not
 * end when it is asked to is killed in the end.
 */
export async function endAfter({ child, ready, ended }: Living, signal: NodeJS.Signals, afterMs: number): Promise<Death> {
  await ready;
  const timers = [setTimeout(() => child.kill(signal), afterMs), setTimeout(() => child.kill('SIGKILL'), afterMs + patienceMs)];
  const death = await ended;
  for (const timer of timers) clearTimeout(timer);
  return death;
}
