import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { manifestNames } from '@espalier/core';
import { foldedName, outside } from './workspace-path.ts';

/** What file tools leave alone although it may lie in their workspace: what a model wrote there, the next run would carry out. */
export interface Protection {
  /** Absolute path of the workflow's directory: what is part of the workflow is not written. */
  workflowDirectory?: string | undefined;
  /** Absolute path of the directory in which runs are recorded; it may not exist yet. Nothing in it is written, read or listed. */
  stateDirectory?: string | undefined;
}

/** Whether the real path `real` lies elsewhere than in the state directory. */
export async function isReadable(real: string, { stateDirectory }: Protection): Promise<boolean> {
  return stateDirectory === undefined || (await namesBelow(stateDirectory, real)) === undefined;
}

/** @throws EspalierError `path.outside_workspace` if the real path `real`, called `path` by the caller, lies in the state directory. */
export async function checkReadable(real: string, path: string, protection: Protection): Promise<void> {
  if (!(await isReadable(real, protection))) throw outside(path, 'it leads into the state directory, which belongs to Espalier');
}

/** @throws EspalierError `path.outside_workspace` as `checkReadable` does, and if it is or would become a part of the workflow. */
export async function checkWritable(real: string, path: string, protection: Protection): Promise<void> {
  await checkReadable(real, path, protection);
  if (protection.workflowDirectory === undefined) return;
  const names = await namesBelow(protection.workflowDirectory, real);
  if (names === undefined || !isPartOfWorkflow(names)) return;
  throw outside(path, 'it is a manifest, schema or module of the workflow itself, which its own tools do not write');
}

/** The folded names that lead from `directory`, with its links resolved, to the real path `real`; undefined if it lies elsewhere. */
async function namesBelow(directory: string, real: string): Promise<string[] | undefined> {
  const above = foldedPath(await realPathOf(resolve(directory)));
  const names = foldedPath(real);
  return above.every((name, index) => name === names[index]) ? names.slice(above.length) : undefined;
}

function foldedPath(path: string): string[] {
  return path
    .split(sep)
    .filter((name) => name !== '')
    .map(foldedName);
}

/** The real path of the deepest part that exists, followed by what does not exist yet. */
async function realPathOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(await realPathOf(dirname(path)), basename(path));
}

/** @param names folded, from the workflow's directory. */
function isPartOfWorkflow(names: readonly string[]): boolean {
  const path = names.join('/');
  // Modules import packages, and package.json says which file of one is loaded.
  if (/\.[cm]?[jt]s$/.test(path) || names.at(-1) === 'package.json' || names.includes('node_modules')) return true;
  if (/^schemas\/[^/]+\.json$/.test(path)) return true;
  const manifest = /^([^/]+)\.(?:ya?ml|json)$/.exec(path)?.[1];
  return manifestNames.some((name) => name === manifest);
}
