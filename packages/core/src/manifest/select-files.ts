import { type ManifestName, manifestNames } from './manifest-kinds.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem } from './problem.ts';
import type { ManifestProblemCode } from './problem-codes.ts';
import type { SourceFile } from './workflow.ts';

/** The files of a folder by what they are; everything else in it is no business of the workflow. */
export interface SelectedFiles {
  manifests: ReadonlyMap<ManifestName, SourceFile>;
  /** Manifests that two files hold: neither can be trusted to declare its names. */
  ambiguous: ReadonlySet<ManifestName>;
  /** By schema name: `schemas/request.json` is `request`. */
  schemas: ReadonlyMap<string, SourceFile>;
  /** By path. */
  modules: ReadonlyMap<string, SourceFile>;
  problems: readonly Problem[];
}

/** Sorts the files of a folder into manifests, schemas and modules. Their order does not matter. */
export function selectFiles(files: readonly SourceFile[]): SelectedFiles {
  const manifests = new Map<ManifestName, SourceFile>();
  const schemas = new Map<string, SourceFile>();
  const modules = new Map<string, SourceFile>();
  const ambiguous = new Set<ManifestName>();
  const problems: Problem[] = [];
  for (const file of [...files].sort((left, right) => (left.path < right.path ? -1 : 1))) {
    const schema = /^schemas\/([^/]+)\.json$/.exec(file.path)?.[1];
    const stem = /^([^/]+)\.(?:ya?ml|json)$/.exec(file.path)?.[1];
    if (schema !== undefined) schemas.set(schema, file);
    else if (/\.(?:ts|mts|js|mjs)$/.test(file.path)) modules.set(file.path, file);
    else if (stem !== undefined) problems.push(...selectManifest(file, stem, { manifests, ambiguous }));
  }
  if (!manifests.has('workflow')) {
    const message = 'The folder holds no workflow.yaml (or .yml, .json).';
    problems.push({ ...wholeFile('workflow.yaml', 'manifest.workflow_missing', message), expected: 'workflow.yaml' });
  }
  return { manifests, ambiguous, schemas, modules, problems };
}

interface Draft {
  manifests: Map<ManifestName, SourceFile>;
  ambiguous: Set<ManifestName>;
}

function selectManifest(file: SourceFile, stem: string, { manifests, ambiguous }: Draft): Problem[] {
  const name = manifestNames.find((known) => known === stem);
  if (name === undefined) return misnamed(file, stem);
  const other = manifests.get(name);
  if (other) {
    ambiguous.add(name);
    const message = `${other.path} holds the manifest ${name} already; keep one of the two files.`;
    return [wholeFile(file.path, 'manifest.duplicate_manifest', message)];
  }
  manifests.set(name, file);
  return [];
}

/** A slip in a file's name would silently drop a whole manifest; names that resemble none belong to somebody else. */
function misnamed(file: SourceFile, stem: string): Problem[] {
  const nearest = nearestName(stem, manifestNames);
  if (nearest === undefined) return [];
  const expected = `${nearest}${file.path.slice(stem.length)}`;
  const message = `${file.path} would be ignored: the manifest is called ${expected}.`;
  return [{ ...wholeFile(file.path, 'manifest.misnamed_file', message), expected, nearest: expected }];
}

function wholeFile(file: string, code: ManifestProblemCode, message: string): Problem {
  return { code, message, file, line: 1, column: 1, path: '' };
}
