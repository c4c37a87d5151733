/** One file importing another file, a package from the registry, or a module of Node. */
export interface ImportEdge {
  /** The importing file, relative to the root, with forward slashes. */
  from: string;
  /** A file relative to the root; the name of a package, such as `zod`; or a module of Node, such as `node:fs/promises`. */
  to: string;
  kind: 'file' | 'package' | 'builtin';
  /** What the source says: `./gate.ts`, `@espalier/core`. */
  specifier: string;
  /** Gone when the code runs. */
  typeOnly: boolean;
}

/** Where a file of a workspace package stands: `packages/<package>/src/<folder>/…`. */
export interface Place {
  package: string;
  /** The first folder below `src`; undefined for files directly in it. */
  folder: string | undefined;
}

/** @returns undefined for a file outside `packages/`. */
export function placeOf(path: string): Place | undefined {
  const [, name, folder] = /^packages\/([^/]+)\/(?:src\/(?:([^/]+)\/)?)?/.exec(path) ?? [];
  return name === undefined ? undefined : { package: name, folder };
}

/** Whether a file only ever runs under the test runner: tests, fixtures, conformance suites, generators of test data. */
export function isTestCode(path: string): boolean {
  return /\.(test|fixture)\.ts$|\/conformance\.ts$|\/(fixtures|testing)\//.test(path);
}
