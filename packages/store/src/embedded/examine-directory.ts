import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EspalierError } from '@espalier/core';
import { systemCode } from '@espalier/runtime/storage';
import { type ControlFile, readControlFile } from './control-file.ts';
import { pgliteFormat } from './pglite-options.ts';

/**
 * Looks, without changing anything, whether `directory` holds a database that this PGlite can open: on damaged files PGlite
 * aborts without a reason, or never answers. @returns undefined if there is nothing yet.
 * @throws EspalierError `database.incompatible`, `database.corrupt`; errors of the file system.
 */
export async function examineDirectory(directory: string): Promise<ControlFile | undefined> {
  const names = await namesIn(directory);
  if (names.length === 0) return undefined;
  const version = await readIfThere(join(directory, 'PG_VERSION'));
  if (version === undefined) throw corrupt(directory, 'it holds files, but not those of a database (PG_VERSION is missing)');
  const written = version.toString('utf8').trim();
  if (/^\d+$/.test(written) && written !== pgliteFormat.version) throw incompatible(directory, `PostgreSQL ${written}`);
  const control = await controlOf(directory);
  await checkWal(directory, control);
  return control;
}

/** @returns nothing also for a directory that does not exist. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    if (systemCode(thrown) === 'ENOTDIR') throw corrupt(directory, 'it is a file, where the directory of a database was expected');
    throw thrown;
  }
}

async function controlOf(directory: string): Promise<ControlFile> {
  const content = await readIfThere(join(directory, 'global', 'pg_control'));
  const control = content && readControlFile(content);
  if (!control) throw corrupt(directory, 'global/pg_control is missing or cut short');
  const { format, catalog, sound } = control;
  if (!sound && format === pgliteFormat.control) throw corrupt(directory, 'the checksum of global/pg_control does not fit');
  if (format !== pgliteFormat.control && !isFormat(format)) throw corrupt(directory, 'global/pg_control is overwritten');
  if (format !== pgliteFormat.control || catalog !== pgliteFormat.catalog)
    throw incompatible(directory, `control file ${format}, catalog ${catalog}`);
  return control;
}

/** PostgreSQL 10 wrote 1002, and the major versions since then their number times 100 and a little. */
function isFormat(format: number): boolean {
  return format >= 1000 && format < 10_000;
}

async function checkWal(directory: string, { wal }: ControlFile): Promise<void> {
  try {
    const { size } = await stat(join(directory, 'pg_wal', wal.name));
    if (size === wal.size) return;
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
  }
  throw corrupt(directory, `the file pg_wal/${wal.name} is missing or cut short`);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

function corrupt(directory: string, reason: string): EspalierError {
  const advice = 'Restore it from a backup, or name another directory to start anew.';
  return new EspalierError('database.corrupt', `The database ${directory} cannot be opened: ${reason}. Nothing was changed. ${advice}`, {
    details: { directory, reason },
  });
}

function incompatible(directory: string, found: string): EspalierError {
  const { version, control, catalog } = pgliteFormat;
  const expected = `PostgreSQL ${version} (control file ${control}, catalog ${catalog})`;
  const advice = 'Use the version of Espalier that wrote it, or name another directory to start anew.';
  const message = `The database ${directory} was written by ${found}; this version opens those of ${expected} alone. Nothing was changed. ${advice}`;
  return new EspalierError('database.incompatible', message, { details: { directory, found, expected } });
}
