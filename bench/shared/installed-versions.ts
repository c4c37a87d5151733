import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The exact versions of `packages` in the `node_modules` of `folder`; undefined if one of them is not installed. */
export async function installedVersions(folder: string, packages: readonly string[]): Promise<Record<string, string> | undefined> {
  const versions = await Promise.all(packages.map(async (name) => [name, await versionOf(join(folder, 'node_modules', name))] as const));
  if (versions.some(([, version]) => version === undefined)) return undefined;
  return Object.fromEntries(versions.map(([name, version]) => [name, String(version)]));
}

async function versionOf(directory: string): Promise<string | undefined> {
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).version;
}
