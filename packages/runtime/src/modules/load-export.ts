import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EspalierError, parseModuleReference, sha256, staysInside } from '@espalier/core';
import { startTimer } from '../timers/timers.ts';

/** A function of a user's module: what it takes and returns is not known before it is called. */
export type ModuleFunction = (...parameters: unknown[]) => unknown;

/**
 * A function that a module of a workflow's directory exports: a handler, a reducer or a tool. It runs in this process with this
 * process's rights: it is code of the operator (S26).
 * @param directory the workflow's directory.
 * @param reference `./handlers/x.ts#name`, relative to it. A file that has changed is loaded anew; what it imports is not.
 * @throws EspalierError `manifest.module_not_allowed` if the file lies outside the directory or below a name that begins with a dot,
 * links included; `module.invalid` if it is missing, does not load, or exports no such function.
 */
export async function loadExport(directory: string, reference: string): Promise<ModuleFunction> {
  const { path, exportName: name } = partsOf(reference);
  if (name === undefined) throw namesNoExport(reference);
  const module = await importModule(await placeOf(directory, path));
  const exported = Object.hasOwn(module, name) ? module[name] : undefined;
  if (isFunction(exported)) return exported;
  const functions = Object.keys(module).filter((key) => isFunction(module[key]));
  const problem = exported === undefined ? `exports no function ${name}` : `exports ${name}, which is not a function`;
  throw invalidModule(path, `${problem}; its functions are: ${functions.sort().join(', ') || 'none'}`);
}

function isFunction(value: unknown): value is ModuleFunction {
  return typeof value === 'function';
}

/** A module's file, found where it may be, before anything of it runs. */
export interface ModulePlace {
  /** Real path of the workflow's directory. */
  readonly directory: string;
  /** Relative to the directory, as it was named. */
  readonly path: string;
  /** What to import. It changes with the content. */
  readonly url: string;
  /** SHA-256 of the content. */
  readonly hash: string;
  readonly exportName: string | undefined;
}

/**
 * Finds the module of a reference, `./plugins/x.ts` or with `#name`, without loading it.
 * @throws EspalierError as `loadExport`, but for what only loading tells.
 */
export async function locateModule(directory: string, reference: string): Promise<ModulePlace> {
  const { path, exportName } = partsOf(reference);
  return { ...(await placeOf(directory, path)), exportName };
}

function partsOf(reference: string): Pick<ModulePlace, 'path' | 'exportName'> {
  if (reference.startsWith('./')) checkNames(reference.split('#', 1)[0] ?? '');
  const parts = parseModuleReference(reference);
  if (parts) return parts;
  throw namesNoExport(reference);
}

function namesNoExport(reference: string): EspalierError {
  return new EspalierError('module.invalid', `${JSON.stringify(reference)} names no export: expected ./path/to/file.ts#name.`);
}

/** Judged before the file is looked for: whether a file outside exists is nobody's business. */
function checkNames(specifier: string): void {
  if (staysInside(specifier) && !isHidden(specifier.slice(2))) return;
  const message = `${JSON.stringify(specifier)} does not name a file inside the workflow’s directory, outside of hidden ones.`;
  throw new EspalierError('manifest.module_not_allowed', message);
}

/** Hidden directories are not part of a workflow: they hold git's files, or what runs have written. */
function isHidden(path: string): boolean {
  return path.split(/[\\/]/).some((name) => name.startsWith('.'));
}

interface ModuleFile {
  /** Real path of the workflow's directory. */
  directory: string;
  /** Real path of the file. */
  file: string;
}

async function confinedFile(directory: string, path: string): Promise<ModuleFile> {
  const root = await realPath(directory);
  if (root === undefined) throw invalidModule(path, 'is not there: neither is the workflow’s directory');
  const file = await realPath(join(root, path));
  if (file === undefined) throw invalidModule(path, 'is not there');
  if (file.startsWith(root.endsWith(sep) ? root : root + sep) && !isHidden(relative(root, file))) return { directory: root, file };
  const message = `${path} leads through a link out of the workflow’s directory, or into a hidden one.`;
  throw new EspalierError('manifest.module_not_allowed', message, { details: { path } });
}

async function realPath(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/** Node keeps a module for ever under its URL; the hash of the content makes a changed file another URL. */
async function placeOf(workflowDirectory: string, path: string): Promise<Omit<ModulePlace, 'exportName'>> {
  const { directory, file } = await confinedFile(workflowDirectory, path);
  const content = await readFile(file).catch(() => {
    throw invalidModule(path, 'cannot be read');
  });
  const hash = sha256(content);
  const url = pathToFileURL(file);
  url.searchParams.set('content', hash.slice(0, 16));
  return { directory, path, url: url.href, hash };
}

/** How long a module may take to load, its top-level await included: a run that needs it holds a place and a lease all the while. */
const loadingMs = 30_000;

async function importModule({ directory, path, url }: Omit<ModulePlace, 'exportName'>): Promise<Record<string, unknown>> {
  const stuck = Promise.withResolvers<never>();
  const stop = startTimer(loadingMs, () => stuck.reject(invalidModule(path, `has not finished loading after ${loadingMs / 1000} s`)));
  const loading: Promise<Record<string, unknown>> = import(/* @vite-ignore */ url).catch((thrown: unknown) => {
    throw invalidModule(path, `does not load: ${reasonOf(thrown, directory)}`, thrown);
  });
  try {
    return await Promise.race([loading, stuck.promise]);
  } finally {
    stop();
  }
}

function reasonOf(thrown: unknown, directory: string): string {
  return withoutPaths(
    thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `it threw a ${typeof thrown} instead of an error`,
    directory,
  );
}

/** The first line of what a module says went wrong, shortened, without the machine's paths. @param directory real path of the workflow's directory. */
export function withoutPaths(message: string, directory: string): string {
  let line = message.split('\n').find((text) => text.trim() !== '') ?? '';
  // What a module imports may lie beside the workflow's directory: the directories above it are the machine's too.
  for (let at = directory; at !== dirname(at); at = dirname(at)) {
    line = line.replaceAll(pathToFileURL(at + sep).href, '').replaceAll(at + sep, '');
  }
  return line.slice(0, 300);
}

function invalidModule(path: string, problem: string, cause?: unknown): EspalierError {
  return new EspalierError('module.invalid', `${path} ${problem}.`, { details: { path }, cause });
}
