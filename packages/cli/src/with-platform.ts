import { resolve } from 'node:path';
import { type CassetteChoice, openPlatform, type Platform, readConfiguration } from '@espalier/platform';
import { writePluginReport } from './output/plugin-lines.ts';
import type { StorageChoice } from './storage-options.ts';
import { type Surroundings, stateDirectory } from './surroundings.ts';

/** Options of the commands that open a platform, as typed. */
export interface PlatformChoice extends StorageChoice {
  workspace?: string | undefined;
  /** With an absolute path. */
  cassette?: CassetteChoice | undefined;
}

type Use<T> = (platform: Platform) => Promise<T>;

/** Opens a platform for the time of one command, and closes it whatever happens. */
export async function withPlatform<T>(surroundings: Surroundings, choice: PlatformChoice, use: Use<T>): Promise<T> {
  return using(surroundings, { ...choice, create: true }, use);
}

/** For commands that begin no run: where nothing was ever kept, nothing is made. */
export async function withKeptRuns<T>(surroundings: Surroundings, choice: StorageChoice, use: Use<T>): Promise<T> {
  return using(surroundings, { ...choice, create: false }, use);
}

/** For commands that look at workflows only: nothing is kept, and no database is opened. */
export async function withoutRuns<T>(surroundings: Surroundings, use: Use<T>): Promise<T> {
  return using(surroundings, { journal: 'memory', create: false }, use);
}

/** As \`withoutRuns\`, for what can be said of a workflow's files alone: not even a configuration is read. */
export async function withoutConfiguration<T>(surroundings: Surroundings, use: Use<T>): Promise<T> {
  return using(surroundings, { journal: 'memory', create: false, isUnconfigured: true }, use);
}

interface Opening extends Omit<PlatformChoice, 'journal'> {
  journal?: 'database' | 'file' | 'memory' | undefined;
  create: boolean;
  isUnconfigured?: boolean;
}

async function using<T>(surroundings: Surroundings, opening: Opening, use: Use<T>): Promise<T> {
  const { directory, environment, stderr } = surroundings;
  const { state, journal, workspace, cassette, create, isUnconfigured = false } = opening;
  const platform = await openPlatform({
    stateDirectory: stateDirectory(surroundings, state),
    workspace: resolve(directory, workspace ?? '.'),
    journal: journal ?? environment.journal,
    databaseUrl: environment.databaseUrl,
    create,
    environment,
    configuration: isUnconfigured ? undefined : await readConfiguration(directory, environment),
    cassette,
    onPluginReport: (report) => writePluginReport(report, stderr),
  });
  try {
    return await use(platform);
  } finally {
    await platform.close();
  }
}
