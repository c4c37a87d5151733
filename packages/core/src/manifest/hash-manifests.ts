import { hashJson, sha256 } from '../hash/sha256.ts';
import type { Json } from '../wire/json.ts';
import type { ManifestDocument } from './manifest-document.ts';
import type { SourceFile } from './workflow.ts';

/** What a set is made of: documents by a name that does not tell YAML from JSON, and modules by path. */
export interface HashedSet {
  documents: ReadonlyMap<string, ManifestDocument>;
  modules: ReadonlyMap<string, SourceFile>;
}

/** `files` by path as in the folder; `set` for the whole, independent of key order, comments, formatting and file format (ENG-M3). */
export interface SetHashes {
  files: Readonly<Record<string, string>>;
  set: string;
}

/** Hashes every manifest and schema over its value before defaults, every module over its text, and the whole set (S17). */
export function hashSet({ documents, modules }: HashedSet): SetHashes {
  const files: Record<string, string> = {};
  const parts: Record<string, Json> = {};
  for (const [name, { file, root }] of documents) {
    const hash = hashJson(root.value);
    files[file] = hash;
    parts[name] = hash;
  }
  for (const [path, { text }] of modules) {
    const hash = sha256(text);
    files[path] = hash;
    parts[`module:${path}`] = hash;
  }
  return { files: Object.freeze(files), set: hashJson(parts) };
}
