import { declaredIds, type LoadedManifests } from './load-manifests.ts';
import { type Finding, nodeAt, type Path } from './manifest-document.ts';
import type { ModuleScope } from './module-reference.ts';
import { nearestName } from './nearest-name.ts';
import type { SelectedFiles } from './select-files.ts';
import type { Role } from './shapes/workflow.ts';

/** Names that can be referred to; undefined where the file that declares them could not be read, and nothing can be said. */
type Names = ReadonlySet<string> | undefined;

/** Everything that a reference in a manifest may name. */
export interface ReferenceScope extends ModuleScope {
  agents: Names;
  tools: Names;
  schemas: Names;
  profiles: Names;
  starts: Names;
  exits: Names;
  credentials: Names;
  /** Deployments; these and chains; these and routes: each may name the ones before it. */
  deployments: Names;
  chains: Names;
  models: Names;
}

/** Collects what the manifests and the folder declare. */
export function referenceScope(manifests: LoadedManifests, selected: SelectedFiles): ReferenceScope {
  const deployments = declaredIds(manifests.models, ['deployments']);
  const chains = union(deployments, declaredIds(manifests.models, ['chains']));
  return {
    deployments,
    chains,
    models: union(chains, declaredIds(manifests.models, ['routes'])),
    credentials: declaredIds(manifests.provider_credentials, ['provider_credentials']),
    agents: declaredIds(manifests.agents, ['agents']),
    tools: declaredIds(manifests.tools, ['tools']),
    profiles: declaredIds(manifests.memory, ['memory', 'context_profiles']),
    schemas: new Set(selected.schemas.keys()),
    starts: idsOfRole(manifests, 'start'),
    exits: idsOfRole(manifests, 'exit'),
    modules: new Set(selected.modules.keys()),
  };
}

function union(left: Names, right: Names): Names {
  return left && right && new Set([...left, ...right]);
}

function idsOfRole({ workflow }: LoadedManifests, role: Role): Names {
  if (!workflow.document) return undefined;
  const nodes = nodeAt(workflow.document.root, ['nodes'])?.items ?? [];
  const found = nodes.filter((node) => node.members?.get('role')?.node.value === role);
  return new Set(found.map((node) => String(node.members?.get('id')?.node.value)));
}

const kinds = {
  agents: { code: 'manifest.unknown_agent', noun: 'agent', where: 'an agent of agents.yaml' },
  tools: { code: 'manifest.unknown_tool', noun: 'tool', where: 'a tool of tools.yaml' },
  schemas: { code: 'manifest.unknown_schema', noun: 'schema', where: 'the name of a file under schemas/, without .json' },
  profiles: { code: 'manifest.unknown_context', noun: 'context profile', where: 'a context profile of memory.yaml, global or none' },
  starts: { code: 'manifest.unknown_start', noun: 'start node', where: 'a node of role start' },
  credentials: { code: 'manifest.unknown_credential', noun: 'credential', where: 'an id of provider_credentials.yaml' },
  deployments: { code: 'manifest.unknown_model', noun: 'deployment', where: 'provider/model, or a deployment of models.yaml' },
  chains: { code: 'manifest.unknown_model', noun: 'deployment or chain', where: 'provider/model, or a deployment or chain of models.yaml' },
  models: {
    code: 'manifest.unknown_model',
    noun: 'deployment, chain or route',
    where: 'provider/model, or a deployment, chain or route of models.yaml',
  },
  exits: { code: 'manifest.unknown_exit', noun: 'exit node', where: 'a node of role exit' },
} as const;

/** A finding if `name` is given and not declared. */
export function referenceFindings(
  scope: ReferenceScope,
  kind: keyof typeof kinds,
  reference: { name: string | undefined; path: Path },
): Finding[] {
  const { name, path } = reference;
  const names = scope[kind];
  if (name === undefined || names === undefined || names.has(name)) return [];
  const { code, noun, where } = kinds[kind];
  return [{ code, message: `There is no ${noun} ${name}.`, path, expected: where, nearest: nearestName(name, names) }];
}

/** Findings for each name of a list of tools. */
export function toolListFindings(scope: ReferenceScope, tools: readonly string[], path: Path): Finding[] {
  return tools.flatMap((name, index) => referenceFindings(scope, 'tools', { name, path: [...path, index] }));
}

/** A finding if a context is neither declared nor one of the two built-in ones. */
export function contextFindings(scope: ReferenceScope, name: string | undefined, path: Path): Finding[] {
  if (name === 'none' || name === 'global') return [];
  const [finding] = referenceFindings(scope, 'profiles', { name, path });
  if (!finding) return [];
  return [{ ...finding, nearest: finding.nearest ?? nearestName(name ?? '', ['none', 'global']) }];
}
