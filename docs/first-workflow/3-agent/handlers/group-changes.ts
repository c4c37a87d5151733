interface Release {
  version: string;
  changes: readonly string[];
}

/** Puts changes such as "fix: broken link" under their kind, and those without one under "other". */
export function groupChanges({ version, changes }: Release) {
  const groups: Record<string, string[]> = {};
  for (const change of changes) {
    const [, kind = 'other', text = change] = /^(\w+): (.+)$/.exec(change) ?? [];
    groups[kind] = [...(groups[kind] ?? []), text];
  }
  return { version, groups };
}
