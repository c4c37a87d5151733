import { resolve } from 'node:path';
import { openPlatform, type Platform } from '@espalier/platform';
import { type Surroundings, stateDirectory } from './surroundings.ts';

/** Options of the commands that open a platform, as typed. */
export interface PlatformChoice {
  state?: string | undefined;
  workspace?: string | undefined;
}

/** Opens a platform for the time of one command, and closes it whatever happens. */
export async function withPlatform<T>(
  surroundings: Surroundings,
  { state, workspace }: PlatformChoice,
  use: (platform: Platform) => Promise<T>,
): Promise<T> {
  const { directory } = surroundings;
  const options = { stateDirectory: stateDirectory(surroundings, state), workspace: resolve(directory, workspace ?? '.') };
  const platform = openPlatform(options);
  try {
    return await use(platform);
  } finally {
    await platform.close();
  }
}
