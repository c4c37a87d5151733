import { readdirSync } from 'node:fs';
import { access, constants, copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EspalierError } from '@espalier/core';

/** The template that is used when none is named. */
export const defaultTemplate = 'mini';

function templatesDirectory(): string {
  return fileURLToPath(new URL('../../templates', import.meta.url));
}

/** The names of all templates: the folders under `templates/`. */
export function templateNames(): string[] {
  return readdirSync(templatesDirectory()).sort();
}

/**
 * Copies a template; nothing is written if any of its files is there already.
 * @returns the files written, relative to `target`, with forward slashes.
 * @throws EspalierError `input.invalid` naming what is in the way.
 */
export async function copyTemplate(template: string, target: string): Promise<string[]> {
  const source = join(templatesDirectory(), template);
  const files = await filesBelow(source);
  const present = await Promise.all(files.map((file) => exists(join(target, file))));
  const inTheWay = files.filter((_, index) => present[index]);
  if (inTheWay.length > 0) {
    throw new EspalierError(
      'input.invalid',
      `${target} holds files that would be overwritten: ${inTheWay.join(', ')}. Name another directory.`,
    );
  }
  try {
    for (const file of files) await copyNew(join(source, file), join(target, file));
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new EspalierError('input.invalid', `Cannot write to ${target} (${reason}).`, { cause });
  }
  return files;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  return files.map((file) => file.split(sep).join('/')).sort();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function copyNew(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_EXCL);
}
