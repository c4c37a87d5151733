import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { syncDirectory, systemCode } from '@espalier/runtime/storage';
import { pgliteOptions } from './pglite-options.ts';

/** Makes the content of a new database, by SQL. */
export type Prepare = (pglite: PGlite) => Promise<void>;

/** How a new database comes about: as a copy of the closed one at `template`, or empty and then prepared. */
export interface Origin {
  template?: string | undefined;
  prepare?: Prepare | undefined;
}

/**
 * Makes a closed database at `directory`, which is missing or empty: complete beside its place first, then renamed, so that it is there
 * wholly or not at all. Only one process at a time may do this for one directory.
 */
export async function createDirectory(directory: string, { template, prepare }: Origin): Promise<void> {
  await removeLeftovers(directory);
  const draft = `${directory}${draftMark}${randomUUID()}`;
  try {
    if (template === undefined || !(await copied(template, draft))) await initialise(draft, prepare);
    await chmod(draft, 0o700);
    await syncTree(draft);
    await rename(draft, directory);
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    throw thrown;
  }
  await syncDirectory(dirname(directory));
}

/** @returns false if the template went away meanwhile, as when another version is installed. */
async function copied(template: string, draft: string): Promise<boolean> {
  try {
    await copyTree(template, draft);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
    await rm(draft, { recursive: true, force: true });
    return false;
  }
}

const draftMark = '.new-';

/** Drafts of processes that were killed. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(dirname(directory));
  const drafts = names.filter((name) => name.startsWith(`${basename(directory)}${draftMark}`));
  await Promise.all(drafts.map((name) => rm(join(dirname(directory), name), { recursive: true, force: true })));
}

async function initialise(directory: string, prepare: Prepare | undefined): Promise<void> {
  const pglite = await PGlite.create({ ...pgliteOptions, dataDir: directory });
  try {
    await dropTemplates(pglite);
    await prepare?.(pglite);
    await pglite.exec('checkpoint');
  } finally {
    await pglite.close();
  }
}

/** What CREATE DATABASE copies; PGlite serves one database, so nobody will. They are two thirds of the files of a new directory. */
async function dropTemplates(pglite: PGlite): Promise<void> {
  await pglite.query('update pg_database set datistemplate = false');
  await pglite.query('drop database template0');
  await pglite.query('drop database template1');
  // Otherwise the first to read the list of databases would mark the dropped ones in it, even while failing to open this one.
  await pglite.query('vacuum freeze pg_database');
}

/** A fifth of the time of `fs.cp`, which asks about each file first. */
async function copyTree(source: string, target: string): Promise<void> {
  const { files, folders } = await entriesOf(source);
  await mkdir(target);
  for (const folder of folders) await mkdir(join(target, folder)); // those above come first
  await forEach(files, (file) => copyFile(join(source, file), join(target, file), constants.COPYFILE_FICLONE));
}

/** PGlite never syncs: without this a power cut soon after the first start could leave the directory's name over files without content. */
async function syncTree(directory: string): Promise<void> {
  const { files, folders } = await entriesOf(directory);
  await forEach(files, (file) => syncFile(join(directory, file)));
  await forEach(['', ...folders], (folder) => syncDirectory(join(directory, folder)));
}

async function syncFile(path: string): Promise<void> {
  await using handle = await open(path, 'r+');
  await handle.sync();
}

/** All that is below a directory, as paths from there. */
async function entriesOf(directory: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const pathsOf = (found: Dirent[]) => found.map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  return { files: pathsOf(entries.filter((entry) => entry.isFile())), folders: pathsOf(entries.filter((entry) => entry.isDirectory())) };
}

/** Sixteen at a time. Nothing is under way any more when it is over, even if some failed. */
async function forEach(paths: readonly string[], act: (path: string) => Promise<void>): Promise<void> {
  const waiting = paths.values();
  const workers = Array.from({ length: 16 }, async () => {
    for (const path of waiting) await act(path);
  });
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
