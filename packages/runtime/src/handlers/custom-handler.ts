import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EspalierError } from '@espalier/core';

/**
 * A function that a module of a workflow's directory exports, called with whatever its kind of module is called with.
 * @param directory the workflow's directory.
 * @param reference `./handlers/x.ts#name`, relative to it. A file that has changed is loaded anew; what it imports is not.
 * @throws EspalierError `manifest.module_not_allowed` if the file lies outside the directory, links included (S26); `module.invalid` if
 * it is missing, does not load, or exports no such function.
 */
export async function loadExport(directory: string, reference: string): Promise<(...args: unknown[]) => unknown> {
  const { path, name } = parseReference(reference);
  const file = await confinedFile(directory, path);
  const exported = (await importModule(file, path))[name];
  if (typeof exported === 'function') return (...args: unknown[]): unknown => exported(...args);
  const problem = exported === undefined ? `exports no ${name}` : `exports ${name}, which is not a function`;
  throw invalidModule(path, problem);
}

function parseReference(reference: string): { path: string; name: string } {
  const [, path, name] = /^\.\/([^#\0]+)#([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(reference) ?? [];
  if (path !== undefined && name !== undefined) return { path, name };
  throw new EspalierError('module.invalid', `${JSON.stringify(reference)} names no export: expected ./path/to/file.ts#name.`);
}

async function confinedFile(directory: string, path: string): Promise<string> {
  const root = await realPath(directory);
  if (root === undefined) throw invalidModule(path, 'is not there: neither is the workflow’s directory');
  const outside = new EspalierError('manifest.module_not_allowed', `${path} is outside the workflow’s directory.`, { details: { path } });
  // Judged before the file is looked for: whether a file outside exists is nobody's business.
  if (!isInside(root, join(root, path))) throw outside;
  const file = await realPath(join(root, path));
  if (file === undefined) throw invalidModule(path, 'is not there');
  if (!isInside(root, file)) throw outside;
  return file;
}

async function realPath(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

function isInside(root: string, file: string): boolean {
  return file.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Node keeps a module for ever under its URL; the hash of the content makes a changed file another URL. */
async function importModule(file: string, path: string): Promise<Record<string, unknown>> {
  const content = await readFile(file).catch(() => {
    throw invalidModule(path, 'cannot be read');
  });
  const url = pathToFileURL(file);
  url.searchParams.set('content', createHash('sha256').update(content).digest('hex').slice(0, 16));
  try {
    return await import(/* @vite-ignore */ url.href);
  } catch (thrown) {
    throw invalidModule(path, `does not load: ${reasonOf(thrown, file, path)}`, thrown);
  }
}

/** The first line of the message, without the machine's paths. */
function reasonOf(thrown: unknown, file: string, path: string): string {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const root = file.slice(0, file.length - path.length);
  const line = message.split('\n').find((text) => text.trim() !== '') ?? 'it threw nothing';
  return line.replaceAll(pathToFileURL(root).href, '').replaceAll(root, '').slice(0, 300);
}

function invalidModule(path: string, problem: string, cause?: unknown): EspalierError {
  return new EspalierError('module.invalid', `${path} ${problem}.`, { details: { path }, cause });
}
