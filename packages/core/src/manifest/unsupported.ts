import { located } from './check-references.ts';
import type { LoadedManifests } from './load-manifests.ts';
import type { Finding, Path } from './manifest-document.ts';
import type { Problem } from './problem.ts';
import type { AgentManifest } from './shapes/agents.ts';
import type { ContextProfile, MemoryManifest } from './shapes/memory.ts';
import type { PluginManifest } from './shapes/plugins.ts';
import type { PolicyManifest } from './shapes/policy.ts';
import type { SchedulerManifest } from './shapes/scheduler.ts';
import type { ToolManifest } from './shapes/tools.ts';
import type { NodeManifest } from './shapes/workflow.ts';
import type { Entry, SoundEntries } from './sound-entries.ts';

/** A feature that the shapes accept and this version does not carry out. */
interface Feature<T> {
  /** What it is called in the message. */
  name: string;
  /** Where it stands, below the entry. */
  path: Path;
  used: (value: T) => boolean;
}

/** Features are refused rather than ignored: whoever writes one relies on it. A feature that arrives leaves this table. */
const unsupportedFeatures = {
  node: [
    { name: 'approval of a node', path: ['approval'], used: (node) => node.approval?.when === 'always' },
    { name: 'the budget of a node', path: ['budget'], used: (node) => node.budget !== undefined && node.kind === 'agent' },
  ] satisfies Feature<NodeManifest>[],
  agent: [
    { name: 'playbook: true', path: ['playbook'], used: (agent) => agent.playbook },
    { name: 'fallback models', path: ['fallback'], used: (agent) => agent.fallback.length > 0 },
    {
      name: 'streaming (stream: live or guarded)',
      path: ['stream'],
      used: (agent) => agent.stream === 'live' || agent.stream === 'guarded',
    },
  ] satisfies Feature<AgentManifest>[],
  tool: [
    { name: 'approval of a tool', path: ['approval'], used: (tool) => tool.approval === 'always' },
    { name: 'tools of type http, code or mcp', path: ['type'], used: (tool) => ['http', 'code', 'mcp'].includes(tool.type) },
    { name: 'allow_network: true', path: ['permissions', 'allow_network'], used: (tool) => tool.permissions.allow_network },
    { name: 'allow_shell: true', path: ['permissions', 'allow_shell'], used: (tool) => tool.permissions.allow_shell },
  ] satisfies Feature<ToolManifest>[],
  profile: [
    {
      name: 'retrieval by meaning (semantic or hybrid)',
      path: ['retrieval_policy'],
      used: (profile) => profile.retrieval_policy !== 'recency',
    },
  ] satisfies Feature<ContextProfile>[],
  source: [
    { name: 'context from the project or global store', path: ['store'], used: (source) => source.store !== 'task' },
  ] satisfies Feature<ContextProfile['sources'][number]>[],
  memory: [
    {
      name: 'a task store on a backend other than memory',
      path: ['task_store', 'backend'],
      used: (memory) => memory.task_store.backend !== 'memory',
    },
    { name: 'the project store', path: ['project_store'], used: (memory) => memory.project_store !== undefined },
    { name: 'the global store', path: ['global_store'], used: (memory) => memory.global_store !== undefined },
  ] satisfies Feature<MemoryManifest>[],
  policy: [
    { name: 'an enabled policy (set enabled: false)', path: ['rules'], used: (policy) => policy.enabled && policy.rules.length > 0 },
    { name: 'an enabled Rego policy (set enabled: false)', path: ['rego'], used: (policy) => policy.enabled && policy.rego.length > 0 },
  ] satisfies Feature<PolicyManifest>[],
  plugin: [
    { name: 'an enabled plugin (set enabled: false)', path: ['enabled'], used: (plugin) => plugin.enabled },
  ] satisfies Feature<PluginManifest>[],
  scheduler: [
    { name: 'the scheduler (set enabled: false)', path: ['enabled'], used: (scheduler) => scheduler.enabled },
  ] satisfies Feature<SchedulerManifest>[],
};

/** Every use of a feature of the table above. */
export function unsupportedProblems(manifests: LoadedManifests, sound: SoundEntries): Problem[] {
  const { workflow, agents, tools, memory, policy, plugins, scheduler } = manifests;
  const sources = sound.contextProfiles.flatMap(({ value, path }) =>
    value.sources.map((source, index) => ({ value: source, path: [...path, 'sources', index] })),
  );
  return [
    ...located(workflow, uses(sound.nodes, unsupportedFeatures.node)),
    ...located(agents, uses(sound.agents, unsupportedFeatures.agent)),
    ...located(tools, uses(sound.tools, unsupportedFeatures.tool)),
    ...located(memory, uses(sound.contextProfiles, unsupportedFeatures.profile)),
    ...located(memory, uses(sources, unsupportedFeatures.source)),
    ...located(memory, uses(only(memory.value?.memory, ['memory']), unsupportedFeatures.memory)),
    ...located(policy, uses(sound.policies, unsupportedFeatures.policy)),
    ...located(plugins, uses(sound.plugins, unsupportedFeatures.plugin)),
    ...located(scheduler, uses(only(scheduler.value?.scheduler, ['scheduler']), unsupportedFeatures.scheduler)),
  ];
}

function only<T>(value: T | undefined, path: Path): Entry<T>[] {
  return value === undefined ? [] : [{ value, path }];
}

function uses<T>(entries: readonly Entry<T>[], features: readonly Feature<T>[]): Finding[] {
  return entries.flatMap(({ value, path }) =>
    features
      .filter((feature) => feature.used(value))
      .map((feature): Finding => {
        const message = `This version does not carry out ${feature.name}.`;
        return { code: 'manifest.unsupported', message, path: [...path, ...feature.path], atKey: true };
      }),
  );
}
