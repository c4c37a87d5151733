import type { JsonObject } from '../wire/json.ts';
import type { ManifestName } from './manifest-kinds.ts';
import type { Problem } from './problem.ts';
import { problemCodes } from './problem-codes.ts';
import { readDocument } from './read-document.ts';
import type { SelectedFiles } from './select-files.ts';
import type { SourceFile } from './workflow.ts';

/** Where people paste a key instead of naming the place where it lies. */
const confidentialManifest: ManifestName = 'provider_credentials';

/** The same problems; those of the manifest of credentials repeat nothing of what it says. */
export function withoutSecrets(problems: readonly Problem[], { manifests }: SelectedFiles): readonly Problem[] {
  const file = manifests.get(confidentialManifest)?.path;
  return problems.map((problem) => (problem.file === file ? withoutContent(problem) : problem));
}

/** A JSON or YAML file that holds secrets: its mapping, or the first thing wrong with it, with nothing of what the file says. */
export function readConfidential(file: SourceFile): { value: JsonObject } | { problem: Problem } {
  const { document, problems } = readDocument(file);
  const [problem] = problems;
  if (problem) return { problem: withoutContent(problem) };
  // A document's root is a mapping, and a file without problems has a document: an empty one holds nothing.
  return { value: (document?.root.value ?? {}) as JsonObject };
}

/** Keeps what comes from the shape (code, expected, nearest, a missing key) and the place; other messages and unknown keys come from the file. */
function withoutContent(problem: Problem): Problem {
  const { code, path } = problem;
  if (code === 'manifest.missing_key') return problem;
  const meaning = Object.entries(problemCodes).find(([known]) => known === code)?.[1] ?? 'Something is wrong here.';
  return {
    ...problem,
    message: `${meaning} What the file says is not repeated: it may be a secret.`,
    path: code === 'manifest.unknown_key' ? path.slice(0, path.lastIndexOf('/')) : path,
  };
}
