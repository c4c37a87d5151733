import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The fake provider, in a process of its own: its work is not counted as ours. */
export interface Upstream {
  /** What to give a provider as `base_url`. */
  baseUrl: string;
  progress(): Promise<UpstreamProgress>;
  /** The last request of each turn of a conversation, as it was sent. */
  bodies(): Promise<string[]>;
  close(): Promise<void>;
}

/** Counts since it began. */
export interface UpstreamProgress {
  requests: number;
  /** Microseconds of processor time. */
  cpu: number;
}

export async function startUpstream(): Promise<Upstream> {
  const child = fork(join(import.meta.dirname, 'upstream-process.ts'), { execArgv: [] });
  const [port] = await once(child, 'message');
  const origin = `http://127.0.0.1:${port}`;
  const ask = async <T>(path: string) => (await (await fetch(`${origin}${path}`)).json()) as T;
  return {
    baseUrl: `${origin}/v1`,
    progress: () => ask('/progress'),
    bodies: () => ask('/bodies'),
    async close() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
