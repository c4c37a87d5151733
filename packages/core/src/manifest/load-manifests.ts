import type { z } from 'zod';
import { checkShape } from './check-shape.ts';
import { locate, type ManifestDocument, nodeAt, type Path } from './manifest-document.ts';
import { type ManifestName, manifestKinds } from './manifest-kinds.ts';
import type { Problem } from './problem.ts';
import { readDocument } from './read-document.ts';
import type { SelectedFiles } from './select-files.ts';

/** One manifest as far as it could be understood. */
export interface Loaded<T> {
  /** Whether the folder holds the file. */
  present: boolean;
  /** Undefined if the file is absent, twice there, or could not be read. */
  document: ManifestDocument | undefined;
  /** Defaults filled in; those of an absent manifest too. Undefined if anything in it is wrong. */
  value: T | undefined;
  problems: Problem[];
}

export type LoadedManifests = { [N in ManifestName]: Loaded<z.infer<(typeof manifestKinds)[N]['schema']>> };

/** Reads every manifest and checks its shape. */
export function loadManifests(selected: SelectedFiles): LoadedManifests {
  const load = <N extends ManifestName, T>(name: N, schema: z.ZodType<T>) => loadOne(selected, name, schema);
  return {
    workflow: load('workflow', manifestKinds.workflow.schema),
    agents: load('agents', manifestKinds.agents.schema),
    models: load('models', manifestKinds.models.schema),
    tools: load('tools', manifestKinds.tools.schema),
    memory: load('memory', manifestKinds.memory.schema),
    policy: load('policy', manifestKinds.policy.schema),
    plugins: load('plugins', manifestKinds.plugins.schema),
    scheduler: load('scheduler', manifestKinds.scheduler.schema),
    provider_credentials: load('provider_credentials', manifestKinds.provider_credentials.schema),
    cli_profiles: load('cli_profiles', manifestKinds.cli_profiles.schema),
    evaluations: load('evaluations', manifestKinds.evaluations.schema),
  };
}

function loadOne<T>(selected: SelectedFiles, name: ManifestName, schema: z.ZodType<T>): Loaded<T> {
  const file = selected.manifests.get(name);
  if (!file) return { present: false, document: undefined, value: schema.safeParse({}).data, problems: [] };
  if (selected.ambiguous.has(name)) return { present: true, document: undefined, value: undefined, problems: [] };
  const { document, problems } = readDocument(file);
  if (!document) return { present: true, document: undefined, value: undefined, problems };
  const { value, findings } = checkShape(document, schema);
  return { present: true, document, value, problems: [...problems, ...findings.map((finding) => locate(document, finding))] };
}

/** The ids in a list, sound or not; undefined if the file could not be read, so that nobody can say which names it declares. */
export function declaredIds(loaded: Loaded<unknown>, path: Path): ReadonlySet<string> | undefined {
  if (!loaded.present) return new Set();
  if (!loaded.document) return undefined;
  const items = nodeAt(loaded.document.root, path)?.items ?? [];
  return new Set(items.map((item) => item.members?.get('id')?.node.value).filter((id) => typeof id === 'string'));
}
