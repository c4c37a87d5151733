import { lstat, mkdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { EspalierError } from '@espalier/core';
import { systemCode } from '../storage/storage-failure.ts';
import { PinnedDirectory } from './pinned-directory.ts';
import { checkReadable, checkWritable, type Protection } from './protected-files.ts';
import { workspaceError } from './workspace-error.ts';
import { isProtected, outside, workspaceSegments } from './workspace-path.ts';

/** What file access is confined to. */
export interface Workspace {
  /** Absolute path of an existing directory. */
  directory: string;
  /** The part of it that may be used, relative to it with forward slashes; `.` for all of it. */
  root: string;
  /** What in it may not be used after all. */
  protection?: Protection;
}

/** A place in a workspace with every link resolved: no segment is a link, unless somebody makes it one later. */
export interface Location {
  /** Real path of the workspace's directory. */
  base: string;
  /** From `base`; the last ones may not exist yet. */
  segments: readonly string[];
}

/**
 * Finds the place that `path`, relative to the root of the workspace, stands for. Links are followed as long as they stay inside the root.
 * @param use decides what is protected: the state directory from reading, the workflow's own files from writing too.
 * @throws EspalierError `path.outside_workspace`, `path.not_found` if the workspace itself does not exist, `tool.failed`.
 */
export async function locate(workspace: Workspace, path: string, use: 'read' | 'write' = 'read'): Promise<Location> {
  const within = workspaceSegments(workspace.root);
  const wanted = workspaceSegments(path);
  const base = await realpath(workspace.directory).catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') throw new EspalierError('path.not_found', 'The directory of the workspace does not exist.');
    throw workspaceError(thrown, '.');
  });
  const root = await resolveInside(base, within, workspace.root);
  const inRoot = await resolveInside(join(base, ...root), wanted, path);
  const segments = [...root, ...inRoot];
  const check = use === 'write' ? checkWritable : checkReadable;
  await check(join(base, ...segments), path, workspace.protection ?? {});
  return { base, segments };
}

/** Resolves the links of the deepest part that exists; what does not exist yet follows as it is. */
async function resolveInside(base: string, segments: readonly string[], path: string): Promise<string[]> {
  for (let known = segments.length; known > 0; known -= 1) {
    const candidate = join(base, ...segments.slice(0, known));
    const real = await realpathIfPresent(candidate, path);
    if (real !== undefined) return [...segmentsBelow(base, real, path), ...segments.slice(known)];
    if (await isLink(candidate)) throw outside(path, 'a link in it points to nothing');
  }
  return [...segments];
}

async function realpathIfPresent(candidate: string, path: string): Promise<string | undefined> {
  try {
    return await realpath(candidate);
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '')) return undefined;
    throw workspaceError(thrown, path);
  }
}

async function isLink(candidate: string): Promise<boolean> {
  const found = await lstat(candidate).catch(() => undefined);
  return found?.isSymbolicLink() ?? false;
}

function segmentsBelow(base: string, real: string, path: string): string[] {
  const below = relative(base, real);
  if (below === '') return [];
  const segments = below.split(sep);
  if (isAbsolute(below) || segments[0] === '..') throw outside(path, 'a link in it leads outside');
  if (segments.some(isProtected)) throw outside(path, 'a link in it leads to a protected directory');
  return segments;
}

/**
 * Walks to a directory without following any link, pinning each step before the next. The caller disposes of the result.
 * @param create makes missing directories on the way.
 * @throws the file system's error: ENOENT, ENOTDIR for a link or file in the way, …
 */
export async function walkTo(base: string, segments: readonly string[], create: boolean): Promise<PinnedDirectory> {
  let current = await PinnedDirectory.open(base);
  for (const segment of segments) {
    await using parent = current;
    if (create) await makeIfMissing(parent, segment);
    current = await parent.child(segment);
  }
  return current;
}

async function makeIfMissing(parent: PinnedDirectory, name: string): Promise<void> {
  try {
    await mkdir(parent.at(name));
    await parent.sync();
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown;
  }
}
