import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { systemCode } from './storage-failure.ts';

/** A process that can be told apart from a later one with the same pid. */
export const processIdentitySchema = z.object({
  pid: z.int().min(1),
  host: z.string(),
  /** When it started, in the kernel's own terms; absent where the platform does not say. */
  started: z.string().optional(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const started = await startOf(process.pid);
  return { pid: process.pid, host: hostname(), ...(started !== undefined && { started }) };
}

/**
 * Whether a process still runs. One on another host (containers included) cannot be judged from here and counts as alive;
 * a zombie and a pid that was given to another process count as dead.
 */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.host !== hostname()) return true;
  try {
    process.kill(identity.pid, 0);
  } catch (thrown) {
    if (systemCode(thrown) !== 'EPERM') return false;
  }
  const started = await startOf(identity.pid);
  return started === identity.started || (started === undefined && process.platform !== 'linux');
}

/** Boot id and start time in clock ticks (proc(5), field 22); undefined for zombies and where there is no /proc. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [boot, stat] = await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')]);
    // The command name, in brackets, may hold blanks and brackets itself: fields are counted from the last bracket, which ends field 2.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : `${boot.trim()}/${fields[18]}`;
  } catch {
    return undefined;
  }
}
