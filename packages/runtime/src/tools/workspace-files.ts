import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { systemCode } from '../storage/storage-failure.ts';
import type { PinnedDirectory } from './pinned-directory.ts';
import { refused, workspaceError } from './workspace-error.ts';
import { locate, type Workspace, walkTo } from './workspace-location.ts';

/** The largest file that is read or written, in bytes. */
export const maxFileBytes = 10 * 1024 * 1024;

// Without O_NONBLOCK, opening a pipe would wait for its other end for ever.
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The bytes of a regular file in the workspace.
 * @throws EspalierError `path.outside_workspace`, `path.not_found`, or `tool.failed` for anything that is no file of at most `maxFileBytes`.
 */
export async function readWorkspaceFile(workspace: Workspace, path: string): Promise<Buffer> {
  const { base, segments } = await locate(workspace, path);
  const name = segments.at(-1);
  if (name === undefined) throw refused(path, 'it is a directory');
  try {
    await using parent = await walkTo(base, segments.slice(0, -1), false);
    // Looking first: merely opening a device can have effects.
    checkRegular(await lstat(parent.at(name)), path);
    await using file = await open(parent.at(name), readFlags);
    checkRegular(await file.stat(), path);
    return await readBounded(file, path);
  } catch (thrown) {
    // Reading through something that is no directory finds nothing, as far as the caller is concerned.
    throw workspaceError(systemCode(thrown) === 'ENOTDIR' ? Object.assign(new Error('not found'), { code: 'ENOENT' }) : thrown, path);
  }
}

interface FileKind {
  size: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

function checkRegular(found: FileKind, path: string): void {
  if (found.isDirectory()) throw refused(path, 'it is a directory');
  if (!found.isFile()) throw refused(path, 'it is not a regular file');
  if (found.size > maxFileBytes) throw refused(path, `it holds ${found.size} bytes, more than the limit of ${maxFileBytes}`);
}

/** Reads to the end, which may be further away than the size said: the file can grow meanwhile. */
async function readBounded(file: FileHandle, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= maxFileBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(65_536), 0, 65_536, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  throw refused(path, `it grew beyond the limit of ${maxFileBytes} bytes while it was read`);
}

/** How a file is written. */
export interface WriteOptions {
  /** `create` refuses a path at which there is something already. */
  mode: 'create' | 'overwrite';
  /** Looked at before the file takes its place: an aborted write changes nothing. */
  signal?: AbortSignal;
}

/**
 * Writes a whole file atomically (a reader sees the old content or the new) and durably, making missing directories.
 * An existing file keeps its permissions.
 * @throws EspalierError `path.outside_workspace`, `tool.failed`; what `signal` was aborted with.
 */
export async function writeWorkspaceFile(
  workspace: Workspace,
  file: { path: string; content: Uint8Array },
  options: WriteOptions,
): Promise<{ created: boolean }> {
  const { path, content } = file;
  if (content.length > maxFileBytes) throw refused(path, `${content.length} bytes are more than the limit of ${maxFileBytes}`);
  const { base, segments } = await locate(workspace, path, 'write');
  const name = segments.at(-1);
  if (name === undefined) throw refused(path, 'it is a directory');
  options.signal?.throwIfAborted();
  try {
    await using parent = await walkTo(base, segments.slice(0, -1), true);
    return await putInPlace(parent, { name, path, content }, options);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw workspaceError(thrown, path);
  }
}

interface NewFile {
  name: string;
  path: string;
  content: Uint8Array;
}

async function putInPlace(parent: PinnedDirectory, file: NewFile, options: WriteOptions): Promise<{ created: boolean }> {
  const existing = await permissionsOf(parent, file);
  if (existing !== undefined && options.mode === 'create') throw refused(file.path, 'it exists already');
  const temporary = parent.at(`.${randomUUID()}.tmp`);
  try {
    await writeTemporary(temporary, file.content, existing);
    options.signal?.throwIfAborted();
    // A link fails if the name was taken meanwhile, a rename replaces whatever has the name.
    if (options.mode === 'create') await link(temporary, parent.at(file.name));
    else await rename(temporary, parent.at(file.name));
  } finally {
    await rm(temporary, { force: true });
  }
  await parent.sync();
  return { created: existing === undefined };
}

/** The permission bits of the file that is to be replaced, undefined if there is none. */
async function permissionsOf(parent: PinnedDirectory, { name, path }: NewFile): Promise<number | undefined> {
  try {
    const found = await lstat(parent.at(name));
    if (found.isDirectory()) throw refused(path, 'it is a directory');
    if (!found.isFile()) throw refused(path, 'it is not a regular file');
    return found.mode & 0o777;
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function writeTemporary(temporary: string, content: Uint8Array, permissions: number | undefined): Promise<void> {
  await using handle = await open(temporary, 'wx');
  await handle.writeFile(content);
  if (permissions !== undefined) await handle.chmod(permissions);
  await handle.sync();
}
