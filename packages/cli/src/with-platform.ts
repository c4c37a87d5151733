import { resolve } from 'node:path';
import { openPlatform, type Platform } from '@espalier/platform';
import type { StorageChoice } from './storage-options.ts';
import { type Surroundings, stateDirectory } from './surroundings.ts';

/** Options of the commands that open a platform, as typed. */
export interface PlatformChoice extends StorageChoice {
  workspace?: string | undefined;
}

/** Opens a platform for the time of one command, and closes it whatever happens. */
export async function withPlatform<T>(
  surroundings: Surroundings,
  { state, journal, workspace }: PlatformChoice,
  use: (platform: Platform) => Promise<T>,
): Promise<T> {
  const { directory, environment } = surroundings;
  const platform = await openPlatform({
    stateDirectory: stateDirectory(surroundings, state),
    workspace: resolve(directory, workspace ?? '.'),
    journal: journal ?? environment.journal,
    databaseUrl: environment.databaseUrl,
  });
  try {
    return await use(platform);
  } finally {
    await platform.close();
  }
}
