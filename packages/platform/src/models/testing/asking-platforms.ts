/* For tests: platforms whose agents ask a scripted upstream. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ScriptedUpstream, startScriptedUpstream } from '@espalier/runtime/testing';
import { onTestFinished } from 'vitest';
import { openPlatform, type Platform, type PlatformOptions } from '../../index.ts';

/** In every variable that is asked for. */
export const testKey = 'sk-test-0123456789abcdefghijklmnopqrstuvwxyz';

export interface AskingPlatforms {
  readonly upstream: ScriptedUpstream;
  /** Of the workflow; also holds whatever else the test keeps. */
  readonly directory: string;
  /** Writes files of the workflow. */
  write(files: Readonly<Record<string, string | object>>): Promise<void>;
  /** Opens a platform of its own, with its runs in memory unless told otherwise. */
  open(options?: Partial<PlatformOptions>): Promise<Platform>;
}

/** Everything is gone after the test. */
export async function askingPlatforms(): Promise<AskingPlatforms> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-asking-'));
  const upstream = await startScriptedUpstream();
  const opened: Platform[] = [];
  onTestFinished(async () => {
    await Promise.all([...opened.map((platform) => platform.close()), upstream.close()]);
    await rm(directory, { recursive: true });
  });
  return {
    upstream,
    directory,
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
      }
    },
    async open(options = {}) {
      const own = { stateDirectory: join(directory, 'state'), workspace: join(directory, 'workspace'), journal: 'memory' } as const;
      const environment = { home: directory, variable: () => testKey };
      const platform = await openPlatform({ ...own, environment, ...options });
      opened.push(platform);
      return platform;
    },
  };
}
