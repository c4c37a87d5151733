import { located } from './check-references.ts';
import type { LoadedManifests } from './load-manifests.ts';
import type { Finding, Path } from './manifest-document.ts';
import type { Problem } from './problem.ts';
import type { AgentManifest } from './shapes/agents.ts';
import { type Assertion, needsJudge } from './shapes/evaluations.ts';
import type { ContextProfile } from './shapes/memory.ts';
import type { PolicyManifest } from './shapes/policy.ts';
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
  ] satisfies Feature<NodeManifest>[],
  agent: [
    { name: 'playbook: true', path: ['playbook'], used: (agent) => agent.playbook },
    { name: 'guarded streaming', path: ['stream'], used: (agent) => agent.stream === 'guarded' },
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
  policy: [
    { name: 'an enabled policy (set enabled: false)', path: ['rules'], used: (policy) => policy.enabled && policy.rules.length > 0 },
    { name: 'an enabled Rego policy (set enabled: false)', path: ['rego'], used: (policy) => policy.enabled && policy.rego.length > 0 },
  ] satisfies Feature<PolicyManifest>[],
  assertion: [{ name: 'a metric that a model judges', path: ['metric'], used: needsJudge }] satisfies Feature<Assertion>[],
};

/** Every use of a feature of the table above. */
export function unsupportedProblems(manifests: LoadedManifests, sound: SoundEntries): Problem[] {
  const { workflow, agents, tools, memory, policy } = manifests;
  return [
    ...located(workflow, uses(sound.nodes, unsupportedFeatures.node)),
    ...located(agents, uses(sound.agents, unsupportedFeatures.agent)),
    ...located(tools, uses(sound.tools, unsupportedFeatures.tool)),
    ...located(memory, uses(sound.contextProfiles, unsupportedFeatures.profile)),
    ...located(policy, uses(sound.policies, unsupportedFeatures.policy)),
    ...located(manifests.evaluations, uses(assertionsOf(sound), unsupportedFeatures.assertion)),
  ];
}

function assertionsOf({ suites }: SoundEntries): Entry<Assertion>[] {
  return suites.flatMap(({ value: suite, path }) =>
    suite.cases.flatMap(({ assertions }, index) =>
      assertions.map((value, position) => ({ value, path: [...path, 'cases', index, 'assertions', position] })),
    ),
  );
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
