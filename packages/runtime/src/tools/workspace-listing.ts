import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../storage/storage-failure.ts';
import type { PinnedDirectory } from './pinned-directory.ts';
import { isReadable, type Protection } from './protected-files.ts';
import { workspaceError } from './workspace-error.ts';
import { locate, type Workspace, walkTo } from './workspace-location.ts';
import { isProtected } from './workspace-path.ts';

/** The most files that one listing names, and the deepest directory it looks into. */
export const maxListedFiles = 1000;
const maxDepth = 32;

/** A file of a workspace; `path` is relative to its root, with forward slashes; `size` is in bytes. */
interface ListedFile {
  path: string;
  size: number;
}

/** The regular files found, in code-unit order of their paths. */
export interface Listing {
  files: ListedFile[];
  /** There are more than are listed. */
  truncated: boolean;
}

/**
 * Lists the regular files of a directory. Links, special files, `.git`, `.espalier` and the state directory are left out.
 * @throws EspalierError `path.outside_workspace`, `path.not_found`, `tool.failed` if it is no directory.
 */
export async function listWorkspaceFiles(workspace: Workspace, path: string, recursive: boolean): Promise<Listing> {
  const { base, segments } = await locate(workspace, path);
  const listing: Listing = { files: [], truncated: false };
  const prefix = path.split('/').filter((segment) => segment !== '.');
  try {
    await using directory = await walkTo(base, segments, false);
    const real = join(base, ...segments);
    await collect(listing, { directory, real, prefix, recursive, protection: workspace.protection ?? {} });
    return listing;
  } catch (thrown) {
    throw workspaceError(thrown, path);
  }
}

interface Step {
  directory: PinnedDirectory;
  /** Its real path. */
  real: string;
  protection: Protection;
  /** The segments of the directory's path. */
  prefix: readonly string[];
  recursive: boolean;
}

async function collect(listing: Listing, step: Step): Promise<void> {
  for (const entry of await sortedEntries(step.directory)) {
    if (listing.truncated) return;
    const path = [...step.prefix, entry.name];
    if (entry.isFile()) await addFile(listing, step.directory.at(entry.name), path.join('/'));
    else if (entry.isDirectory() && step.recursive) await descend(listing, step, entry.name);
  }
}

/** With directories compared as `name/`, walking in this order yields whole paths in order. */
async function sortedEntries(directory: PinnedDirectory): Promise<Dirent[]> {
  const entries = await readdir(directory.path, { withFileTypes: true });
  const key = (entry: Dirent) => (entry.isDirectory() ? `${entry.name}/` : entry.name);
  return entries.filter(({ name }) => !isProtected(name)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function addFile(listing: Listing, at: string, path: string): Promise<void> {
  if (listing.files.length === maxListedFiles) {
    listing.truncated = true;
    return;
  }
  const found = await lstat(at).catch(ignoreVanished);
  if (found?.isFile()) listing.files.push({ path, size: found.size });
}

async function descend(listing: Listing, step: Step, name: string): Promise<void> {
  const { directory, prefix, protection } = step;
  const real = join(step.real, name);
  if (!(await isReadable(real, protection))) return;
  if (prefix.length >= maxDepth) {
    listing.truncated = true;
    return;
  }
  await using child = await directory.child(name).catch(ignoreVanished);
  if (child) await collect(listing, { ...step, directory: child, real, prefix: [...prefix, name] });
}

/** What was removed or replaced since its directory was read is no longer listed. */
function ignoreVanished(thrown: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(systemCode(thrown) ?? '')) throw thrown;
  return undefined;
}
