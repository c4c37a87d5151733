import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/** A TypeScript file of the repository, parsed. `path` is relative to the root, with forward slashes. */
export interface SourceFile {
  path: string;
  tree: ts.SourceFile;
}

/** Reads every `.ts` file below `folders`, sorted by path; installed packages are left out. Folders that do not exist are empty. */
export async function readSourceFiles(root: string, folders: readonly string[]): Promise<SourceFile[]> {
  const patterns = folders.map((folder) => `${folder}/**/*.ts`);
  const found = await Array.fromAsync(glob(patterns, { cwd: root, exclude: ['**/node_modules/**'] }));
  const paths = found.map((path) => path.replaceAll('\\', '/')).sort();
  return Promise.all(paths.map(async (path) => ({ path, tree: parse(path, await readFile(join(root, path), 'utf8')) })));
}

/** Every node of the tree, outermost first. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
}
