import { duplicateFindings } from './check-duplicates.ts';
import { suiteFindings } from './check-evaluations.ts';
import { modelFindings, modelReferences } from './check-models.ts';
import { nodeFindings } from './check-node.ts';
import type { Loaded, LoadedManifests } from './load-manifests.ts';
import { type Finding, locate } from './manifest-document.ts';
import { insideFindings, looksLikeModule, moduleFindings } from './module-reference.ts';
import type { Problem } from './problem.ts';
import { contextFindings, type ReferenceScope, referenceFindings, toolListFindings } from './reference-scope.ts';
import type { AgentManifest } from './shapes/agents.ts';
import type { CliProfile } from './shapes/cli-profiles.ts';
import type { PolicyManifest } from './shapes/policy.ts';
import type { ToolManifest } from './shapes/tools.ts';
import type { Entry, SoundEntries } from './sound-entries.ts';

/** Everything in the manifests that refers to something that is not there or does not fit where it stands. */
export function referenceProblems(manifests: LoadedManifests, sound: SoundEntries, scope: ReferenceScope): Problem[] {
  const { workflow, agents, models, tools, policy, plugins, cli_profiles, evaluations } = manifests;
  return [
    ...located(
      workflow,
      sound.nodes.flatMap((node) => nodeFindings(node, scope)),
    ),
    ...located(
      agents,
      sound.agents.flatMap((agent) => agentFindings(agent, scope)),
    ),
    ...located(models, modelFindings(sound, manifests, scope)),
    ...located(
      tools,
      sound.tools.flatMap((tool) => toolFindings(tool, scope)),
    ),
    ...located(
      policy,
      sound.policies.flatMap((entry) => policyFindings(entry, scope)),
    ),
    ...located(
      plugins,
      sound.plugins.flatMap(({ value, path }) => moduleFindings(value.module, scope, { path: [...path, 'module'], exportOptional: true })),
    ),
    ...located(
      cli_profiles,
      sound.cliProfiles.flatMap((profile) => profileFindings(profile, scope)),
    ),
    ...located(
      evaluations,
      sound.suites.flatMap((suite) => suiteFindings(suite, scope)),
    ),
    ...duplicateProblems(manifests),
  ];
}

function duplicateProblems({
  agents,
  tools,
  memory,
  policy,
  plugins,
  provider_credentials,
  cli_profiles,
  evaluations,
}: LoadedManifests): Problem[] {
  const suites = evaluations.document?.root.members?.get('suites')?.node.items ?? [];
  return [
    ...located(agents, duplicateFindings(agents.document, ['agents'])),
    ...located(tools, duplicateFindings(tools.document, ['tools'])),
    ...located(memory, duplicateFindings(memory.document, ['memory', 'context_profiles'])),
    ...located(policy, duplicateFindings(policy.document, ['policies'], 'name')),
    ...located(plugins, duplicateFindings(plugins.document, ['plugins'])),
    ...located(provider_credentials, duplicateFindings(provider_credentials.document, ['provider_credentials'])),
    ...located(cli_profiles, duplicateFindings(cli_profiles.document, ['profiles'])),
    ...located(evaluations, duplicateFindings(evaluations.document, ['suites'], 'name')),
    ...suites.flatMap((_, index) => located(evaluations, duplicateFindings(evaluations.document, ['suites', index, 'cases']))),
  ];
}

/** The findings of one manifest as problems. */
export function located({ document }: Loaded<unknown>, findings: readonly Finding[]): Problem[] {
  return document ? findings.map((finding) => locate(document, finding)) : [];
}

function agentFindings({ value: agent, path }: Entry<AgentManifest>, scope: ReferenceScope): Finding[] {
  return [
    ...modelReferences(
      scope,
      'models',
      [agent.llm, [...path, 'llm']],
      ...agent.fallback.map((name, index) => [name, [...path, 'fallback', index]] as const),
    ),
    ...referenceFindings(scope, 'schemas', { name: agent.schema_out, path: [...path, 'schema_out'] }),
    ...toolListFindings(scope, agent.tools, [...path, 'tools']),
    ...(agent.context === undefined ? [] : contextFindings(scope, agent.context, [...path, 'context'])),
  ];
}

function toolFindings({ value: tool, path }: Entry<ToolManifest>, scope: ReferenceScope): Finding[] {
  return [
    ...referenceFindings(scope, 'schemas', { name: tool.schema_in, path: [...path, 'schema_in'] }),
    ...referenceFindings(scope, 'schemas', { name: tool.schema_out, path: [...path, 'schema_out'] }),
    ...entrypointFindings(tool, [...path, 'entrypoint'], scope),
    ...insideFindings(tool.permissions.root, [...path, 'permissions', 'root']),
  ];
}

function entrypointFindings(tool: ToolManifest, path: Finding['path'], scope: ReferenceScope): Finding[] {
  const isModule = tool.type === 'module';
  if (isModule && looksLikeModule(tool.entrypoint)) return moduleFindings(tool.entrypoint, scope, { path });
  if (!isModule && (tool.type !== 'filesystem' || /^builtin(:[a-z][a-z0-9_]*)?$/.test(tool.entrypoint))) return [];
  const message = `${tool.id} is of type ${tool.type}, which ${tool.entrypoint} does not fit.`;
  return [
    { code: 'manifest.entrypoint_invalid', message, path, expected: isModule ? './path.ts#export' : 'builtin or builtin:<operation>' },
  ];
}

function policyFindings({ value: policy, path }: Entry<PolicyManifest>, scope: ReferenceScope): Finding[] {
  const rules = policy.rules.flatMap((rule, index) => {
    const at = [...path, 'rules', index, 'target_id'];
    if (rule.target_id === '*' || rule.target === 'scope') return [];
    return rule.target === 'tool'
      ? referenceFindings(scope, 'tools', { name: rule.target_id, path: at })
      : contextFindings(scope, rule.target_id, at);
  });
  return [...rules, ...policy.rego.flatMap((file, index) => insideFindings(file, [...path, 'rego', index]))];
}

function profileFindings({ value: profile, path }: Entry<CliProfile>, scope: ReferenceScope): Finding[] {
  return profile.custom_commands.flatMap((command, index) =>
    referenceFindings(scope, 'starts', { name: command.start_node, path: [...path, 'custom_commands', index, 'start_node'] }),
  );
}
