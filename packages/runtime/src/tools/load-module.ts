import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EspalierError } from '@espalier/core';
import { workspaceSegments } from './workspace-path.ts';

/** A function of a user's module: what it takes and returns is not known before it is called. */
export type ModuleFunction = (...parameters: unknown[]) => unknown;

const entrypointPattern = /^\.\/(.+\.(?:ts|mts|js|mjs))#([A-Za-z_$][\w$]*)$/;

/**
 * Imports the function that an entrypoint such as `./tools/x.ts#fn` names. Modules load only from `directory`, links resolved (S26).
 * A file whose content changed since is loaded anew; the modules that it imports are not.
 * @param directory absolute path of the workflow's directory.
 * @throws EspalierError `manifest.module_not_allowed` if the module is elsewhere; `module.invalid` if it cannot be loaded.
 */
export async function loadModuleFunction(directory: string, entrypoint: string): Promise<ModuleFunction> {
  const [, path, name] = entrypointPattern.exec(entrypoint) ?? [];
  if (path === undefined || name === undefined) {
    throw invalid(entrypoint, 'expected ./<path>.ts#<exported function> (or .mts, .js, .mjs)');
  }
  const file = await moduleFile(directory, path, entrypoint);
  const module = await importFresh(file, entrypoint);
  const found = Object.hasOwn(module, name) ? module[name] : undefined;
  if (isFunction(found)) return found;
  const functions = Object.keys(module)
    .filter((key) => isFunction(module[key]))
    .sort();
  throw invalid(entrypoint, `it exports no function ${name}; its functions are: ${functions.join(', ') || 'none'}`);
}

function isFunction(value: unknown): value is ModuleFunction {
  return typeof value === 'function';
}

interface ModuleFile {
  /** Real path. */
  path: string;
  /** Real path of the workflow's directory, with a separator at the end. */
  directory: string;
}

async function moduleFile(directory: string, path: string, entrypoint: string): Promise<ModuleFile> {
  const segments = checkedSegments(path, entrypoint);
  try {
    const real = `${await realpath(directory)}${sep}`;
    const file = await realpath(join(directory, ...segments));
    if (!file.startsWith(real)) throw notAllowed(entrypoint, 'a link in it leads outside the workflow’s directory');
    return { path: file, directory: real };
  } catch (thrown) {
    if (thrown instanceof EspalierError) throw thrown;
    throw invalid(entrypoint, 'there is no such file', thrown);
  }
}

function checkedSegments(path: string, entrypoint: string): string[] {
  try {
    return workspaceSegments(path);
  } catch (thrown) {
    throw notAllowed(entrypoint, thrown instanceof Error ? thrown.message : 'not a path');
  }
}

async function importFresh({ path, directory }: ModuleFile, entrypoint: string): Promise<Record<string, unknown>> {
  try {
    const version = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
      .slice(0, 16);
    return await import(`${pathToFileURL(path).href}?v=${version}`);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : 'it threw something that is no error';
    throw invalid(entrypoint, reason.replaceAll(directory, '').slice(0, 1000), thrown);
  }
}

function invalid(entrypoint: string, reason: string, cause?: unknown): EspalierError {
  return new EspalierError('module.invalid', `Module ${JSON.stringify(entrypoint)}: ${reason}.`, { cause });
}

function notAllowed(entrypoint: string, reason: string): EspalierError {
  return new EspalierError('manifest.module_not_allowed', `Module ${JSON.stringify(entrypoint)}: ${reason}.`);
}
