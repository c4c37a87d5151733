import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCode } from './storage-failure.ts';

/** Makes the names in a directory survive a power cut; does nothing where the platform cannot sync directories. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await using handle = await open(path, 'r');
    await handle.sync();
  } catch (thrown) {
    const unsupported = ['EISDIR', 'EINVAL', 'ENOTSUP', 'EPERM'];
    if (!unsupported.includes(systemCode(thrown) ?? '')) throw thrown;
  }
}

/** Creates a directory and its missing parents so that they survive a power cut. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let directory = dirname(resolve(path)); ; directory = dirname(directory)) {
    await syncDirectory(directory);
    if (directory === top || directory === dirname(directory)) return;
  }
}

/** Writes a whole file so that `path` holds, after any crash, either what it held before or all of `content`. */
export async function writeFileDurably(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await using handle = await open(temporary, 'wx');
    await handle.writeFile(content);
    await handle.sync();
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  await syncDirectory(dirname(path));
}
