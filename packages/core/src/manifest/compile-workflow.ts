import type { Graph } from '../graph/graph.ts';
import { checkGraph } from './check-graph.ts';
import { referenceProblems } from './check-references.ts';
import { type LoadedSchemas, loadSchemas } from './check-schemas.ts';
import { withoutSecrets } from './confidential.ts';
import { hashSet } from './hash-manifests.ts';
import { type LoadedManifests, loadManifests } from './load-manifests.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { manifestNames } from './manifest-kinds.ts';
import type { Problem } from './problem.ts';
import { referenceScope } from './reference-scope.ts';
import { type SelectedFiles, selectFiles } from './select-files.ts';
import { durationMs } from './shapes/values.ts';
import { soundEntries } from './sound-entries.ts';
import { unsupportedProblems } from './unsupported.ts';
import type { SourceFile, Workflow } from './workflow.ts';

/** A workflow, or everything that is wrong with its files, ordered by file, line and column. */
export type CompileResult = { ok: true; workflow: Workflow } | { ok: false; problems: Problem[] };

/**
 * Compiles the files of one folder: manifests, `schemas/*.json` and modules; other files are not looked at. Pure, and does not throw
 * whatever the files say. `folder` is the folder's name, the workflow's id unless workflow.yaml gives one.
 */
export function compileWorkflow(files: readonly SourceFile[], options: { folder: string }): CompileResult {
  const selected = selectFiles(files);
  const manifests = loadManifests(selected);
  const schemas = loadSchemas(selected.schemas);
  const sound = soundEntries(manifests);
  const graph = checkGraph(manifests.workflow);
  const found = [
    ...manifestNames.flatMap((name) => manifests[name].problems),
    ...schemas.problems,
    ...referenceProblems(manifests, sound, referenceScope(manifests, selected)),
    ...unsupportedProblems(manifests, sound),
    ...graph.problems,
  ];
  const problems = [...selected.problems, ...withoutSecrets(found, selected)];
  const workflow = graph.graph && assemble({ selected, manifests, schemas, graph: graph.graph, folder: options.folder });
  return problems.length === 0 && workflow ? { ok: true, workflow } : { ok: false, problems: inOrder(problems, selected) };
}

interface Parts {
  selected: SelectedFiles;
  manifests: LoadedManifests;
  schemas: LoadedSchemas;
  graph: Graph;
  folder: string;
}

/** The workflow of sound parts; undefined if any manifest is broken. */
function assemble({ selected, manifests, schemas, graph, folder }: Parts): Workflow | undefined {
  const { workflow, agents, models, tools, memory, policy, plugins, scheduler, provider_credentials, cli_profiles, evaluations } =
    manifests;
  if (!workflow.value || !agents.value || !tools.value || !memory.value || !policy.value || !plugins.value) return undefined;
  if (!models.value || !scheduler.value || !provider_credentials.value || !cli_profiles.value || !evaluations.value) return undefined;
  const hashes = hashSet({ documents: documentsOf(manifests, schemas), modules: selected.modules });
  const { id, deadline, concurrency } = workflow.value;
  return Object.freeze({
    id: id ?? folder,
    hash: hashes.set,
    hashes: hashes.files,
    graph,
    agents: byId(agents.value.agents),
    models: models.value,
    tools: byId(tools.value.tools),
    schemas: schemas.schemas,
    memory: memory.value.memory,
    policies: policy.value.policies,
    plugins: plugins.value.plugins,
    scheduler: scheduler.value.scheduler,
    providerCredentials: byId(provider_credentials.value.provider_credentials),
    cliProfiles: byId(cli_profiles.value.profiles),
    evaluations: evaluations.value.suites,
    deadlineMs: deadline === undefined ? undefined : durationMs(deadline),
    concurrency,
    sources: [...selected.manifests.values(), ...selected.schemas.values(), ...selected.modules.values()],
  });
}

/** By names under which YAML and JSON are the same. */
function documentsOf(manifests: LoadedManifests, schemas: LoadedSchemas): Map<string, ManifestDocument> {
  const documents = new Map<string, ManifestDocument>();
  for (const name of manifestNames) {
    const { document } = manifests[name];
    if (document) documents.set(name, document);
  }
  for (const [name, document] of schemas.documents) documents.set(`schema:${name}`, document);
  return documents;
}

function byId<T extends { id: string }>(entries: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

/** Manifests in their usual order, then schemas; within a file by position. */
function inOrder(problems: readonly Problem[], { manifests, schemas }: SelectedFiles): Problem[] {
  const files = [...manifestNames.flatMap((name) => manifests.get(name)?.path ?? []), ...[...schemas.values()].map((file) => file.path)];
  const rank = new Map(files.map((file, index) => [file, index]));
  const rankOf = (problem: Problem) => rank.get(problem.file) ?? -1;
  return problems.toSorted((left, right) => rankOf(left) - rankOf(right) || left.line - right.line || left.column - right.column);
}
