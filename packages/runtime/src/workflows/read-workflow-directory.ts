import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EspalierError, type SourceFile } from '@espalier/core';
import { storageFailure, systemCode } from '../storage/storage-failure.ts';

/** Bounds on what is read, so that a wrong directory (a home, a file system's root) is refused rather than swallowed. */
const maxFiles = 2000;
const maxBytes = 50_000_000;

const manifest = /^[^/]+\.(?:ya?ml|json)$/;
const schema = /^schemas\/[^/]+\.json$/;
const module = /\.(?:ts|mts|js|mjs)$/;

/**
 * The manifests, schemas and modules of a workflow's directory, sorted by path. Directories whose names begin with a dot and
 * `node_modules` are passed over, as are links.
 * @throws EspalierError `input.invalid` if the directory is missing or too large, `storage.failed`.
 */
export async function readWorkflowDirectory(directory: string): Promise<{ folder: string; files: SourceFile[] }> {
  const files: SourceFile[] = [];
  let bytes = 0;
  for (const path of await relevantPaths(directory)) {
    const content = await readFile(join(directory, path)).catch((thrown: unknown) => {
      throw storageFailure(thrown, `read ${path}`);
    });
    bytes += content.byteLength;
    if (bytes > maxBytes) throw tooLarge(directory, `more than ${maxBytes / 1_000_000} MB`);
    files.push({ path, text: content.toString('utf8') });
  }
  return { folder: basename(resolve(directory)), files };
}

async function relevantPaths(directory: string): Promise<string[]> {
  const found: string[] = [];
  const waiting = [''];
  for (const below of waiting) {
    for (const entry of await entriesOf(directory, below)) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') waiting.push(path);
      if (entry.isFile() && (manifest.test(path) || schema.test(path) || module.test(path))) found.push(path);
    }
    if (found.length > maxFiles || waiting.length > maxFiles) throw tooLarge(directory, `more than ${maxFiles} files or folders`);
  }
  return found.sort();
}

async function entriesOf(directory: string, below: string) {
  try {
    return await readdir(join(directory, below), { withFileTypes: true });
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOTDIR') throw notThere(directory, 'is a file, not a directory');
    if (systemCode(thrown) === 'ENOENT') throw notThere(directory, 'does not exist');
    throw storageFailure(thrown, `list ${directory}`);
  }
}

function notThere(directory: string, problem: string): EspalierError {
  return new EspalierError('input.invalid', `${directory} ${problem}; expected the directory of a workflow.`);
}

function tooLarge(directory: string, size: string): EspalierError {
  return new EspalierError('input.invalid', `${directory} holds ${size}; expected the directory of one workflow.`);
}
