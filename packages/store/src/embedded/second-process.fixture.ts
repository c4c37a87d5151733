import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const script = join(import.meta.dirname, 'open-database.fixture.ts');

/** Starts a process that opens the database in `directory`; it ends when its input does. */
export function startOpening(directory: string, { template = [], ...options }: SpawnOptions & { template?: string[] } = {}): ChildProcess {
  return spawn(process.execPath, [script, directory, ...template], { stdio: ['pipe', 'pipe', 'inherit'], ...options });
}

/** What the process reports once it has opened the database or has failed to. */
export async function reportOf({ stdout }: ChildProcess): Promise<unknown> {
  if (stdout === null) throw new Error('the process was expected to have an output');
  const [line] = await once(createInterface(stdout), 'line');
  return JSON.parse(String(line));
}

/** Ends a process in order, or kills it with `SIGKILL`. */
export async function end(child: ChildProcess, how: 'in order' | 'SIGKILL' = 'in order'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  if (how === 'SIGKILL') child.kill(how);
  else child.stdin?.end();
  await exit;
}
