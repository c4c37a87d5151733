import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise, type IDependency } from 'dependency-cruiser';
import type { ImportEdge } from './import-edge.ts';
import type { House } from './rule.ts';

/** All imports of the files below `folders`, and how many files that were. */
export async function readImports(root: string, folders: readonly string[]): Promise<{ edges: ImportEdge[]; modules: number }> {
  const { output } = await cruise(
    [...folders],
    { baseDir: root, tsPreCompilationDeps: 'specify', doNotFollow: { path: ['node_modules'] } },
    { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'], extensions: ['.ts', '.js', '.json'] },
  );
  if (typeof output === 'string') throw new Error('dependency-cruiser was expected to return its result as data.');
  const files = output.modules.filter(({ source }) => folders.includes(source.split('/')[0] ?? '') && !source.includes('node_modules/'));
  const edges = files.flatMap(({ source, dependencies }) => dependencies.map((dependency) => edgeOf(source, dependency)));
  return { edges, modules: files.length };
}

/** The files that the packages below `root` declare in `exports`. */
export async function readHouse(root: string, packages: readonly string[]): Promise<House> {
  const entries = await Promise.all(packages.map((name) => entriesOf(root, `packages/${name}`)));
  return { entries: new Set(entries.flat()) };
}

async function entriesOf(root: string, folder: string): Promise<string[]> {
  const manifest: { exports?: Record<string, string> } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  return Object.values(manifest.exports ?? {}).map((target) => join(folder, target).replaceAll('\\', '/'));
}

/**
 * `preCompilationOnly` is the only mark of a type import that can be trusted: a file that imports a module's types in one statement and
 * its values in another has one dependency whose types list both.
 */
function edgeOf(from: string, dependency: IDependency): ImportEdge {
  const { module: specifier, resolved } = dependency;
  const shared = { from, specifier, typeOnly: dependency.preCompilationOnly ?? false };
  if (dependency.coreModule) return { ...shared, kind: 'builtin', to: `node:${specifier.replace(/^node:/, '')}` };
  if (specifier.startsWith('.') || (!dependency.couldNotResolve && !resolved.includes('node_modules/')))
    return { ...shared, kind: 'file', to: resolved };
  return { ...shared, kind: 'package', to: packageName(specifier) };
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
