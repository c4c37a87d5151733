import { type Finding, type ManifestDocument, nodeAt, type Path } from './manifest-document.ts';

/** A finding for every entry of a list whose id (or `key`) an earlier entry has. */
export function duplicateFindings(document: ManifestDocument | undefined, path: Path, key = 'id'): Finding[] {
  const items = document ? (nodeAt(document.root, path)?.items ?? []) : [];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const id = item.members?.get(key)?.node.value;
    if (typeof id !== 'string') return [];
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const message = `An earlier entry of this list has the ${key} ${id}.`;
    return [{ code: 'manifest.duplicate_id', message, path: [...path, index, key], expected: `its own ${key}` }];
  });
}
