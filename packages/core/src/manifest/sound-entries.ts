import type { z } from 'zod';
import type { Loaded, LoadedManifests } from './load-manifests.ts';
import { nodeAt, type Path } from './manifest-document.ts';
import { type AgentManifest, agentSchema } from './shapes/agents.ts';
import { type CliProfile, cliProfileSchema } from './shapes/cli-profiles.ts';
import { type EvaluationSuite, suiteSchema } from './shapes/evaluations.ts';
import { type ContextProfile, profileSchema } from './shapes/memory.ts';
import {
  type Deployment,
  deploymentSchema,
  type ModelChain,
  type ModelRoute,
  modelChainSchema,
  modelRouteSchema,
} from './shapes/models.ts';
import { type PluginManifest, pluginSchema } from './shapes/plugins.ts';
import { type PolicyManifest, policySchema } from './shapes/policy.ts';
import { type ToolManifest, toolSchema } from './shapes/tools.ts';
import { type NodeManifest, nodeSchema } from './shapes/workflow.ts';

/** One entry of a manifest's list, defaults filled in, with its path. */
export interface Entry<T> {
  path: Path;
  value: T;
}

/** The entries that are sound in themselves: what they refer to is checked even when another entry of their list is broken. */
export interface SoundEntries {
  nodes: Entry<NodeManifest>[];
  agents: Entry<AgentManifest>[];
  deployments: Entry<Deployment>[];
  chains: Entry<ModelChain>[];
  routes: Entry<ModelRoute>[];
  tools: Entry<ToolManifest>[];
  contextProfiles: Entry<ContextProfile>[];
  policies: Entry<PolicyManifest>[];
  plugins: Entry<PluginManifest>[];
  cliProfiles: Entry<CliProfile>[];
  suites: Entry<EvaluationSuite>[];
}

/** Takes the entries from sound manifests and parses them one by one in broken ones. */
export function soundEntries(manifests: LoadedManifests): SoundEntries {
  const { workflow, agents, models, tools, memory, policy, plugins, cli_profiles, evaluations } = manifests;
  return {
    nodes: entriesOf(workflow, { path: ['nodes'], schema: nodeSchema, list: workflow.value?.nodes }),
    agents: entriesOf(agents, { path: ['agents'], schema: agentSchema, list: agents.value?.agents }),
    deployments: entriesOf(models, { path: ['deployments'], schema: deploymentSchema, list: models.value?.deployments }),
    chains: entriesOf(models, { path: ['chains'], schema: modelChainSchema, list: models.value?.chains }),
    routes: entriesOf(models, { path: ['routes'], schema: modelRouteSchema, list: models.value?.routes }),
    tools: entriesOf(tools, { path: ['tools'], schema: toolSchema, list: tools.value?.tools }),
    contextProfiles: entriesOf(memory, {
      path: ['memory', 'context_profiles'],
      schema: profileSchema,
      list: memory.value?.memory.context_profiles,
    }),
    policies: entriesOf(policy, { path: ['policies'], schema: policySchema, list: policy.value?.policies }),
    plugins: entriesOf(plugins, { path: ['plugins'], schema: pluginSchema, list: plugins.value?.plugins }),
    cliProfiles: entriesOf(cli_profiles, { path: ['profiles'], schema: cliProfileSchema, list: cli_profiles.value?.profiles }),
    suites: entriesOf(evaluations, { path: ['suites'], schema: suiteSchema, list: evaluations.value?.suites }),
  };
}

interface List<T> {
  path: Path;
  schema: z.ZodType<T>;
  /** The parsed list, if the whole manifest is sound. */
  list: readonly T[] | undefined;
}

function entriesOf<T>({ document }: Loaded<unknown>, { path, schema, list }: List<T>): Entry<T>[] {
  if (!document) return [];
  if (list) return list.map((value, index) => ({ path: [...path, index], value }));
  const items = nodeAt(document.root, path)?.items ?? [];
  return items.flatMap((node, index) => {
    const result = schema.safeParse(node.value);
    return result.success ? [{ path: [...path, index], value: result.data }] : [];
  });
}
