import { handlerFindings } from './check-handler.ts';
import { mergeFindings } from './check-merge.ts';
import type { Finding, Path } from './manifest-document.ts';
import type { ManifestProblemCode } from './problem-codes.ts';
import { contextFindings, type ReferenceScope, referenceFindings, toolListFindings } from './reference-scope.ts';
import type { NodeManifest } from './shapes/workflow.ts';
import type { Entry } from './sound-entries.ts';

/** Everything about a node that other files or its own role and kind forbid; its place in the graph is not looked at. */
export function nodeFindings({ value: node, path }: Entry<NodeManifest>, scope: ReferenceScope): Finding[] {
  return [
    ...fitFindings(node, path),
    ...kindFindings(node, path),
    ...handlerFindings(node, path, scope),
    ...mergeFindings(node, path, scope),
    ...referenceFindings(scope, 'agents', { name: node.agent_id, path: [...path, 'agent_id'] }),
    ...toolListFindings(scope, node.tools, [...path, 'tools']),
    ...referenceFindings(scope, 'schemas', { name: node.schema_in, path: [...path, 'schema_in'] }),
    ...referenceFindings(scope, 'schemas', { name: node.schema_out, path: [...path, 'schema_out'] }),
    ...contextFindings(scope, node.context, [...path, 'context']),
  ];
}

interface FitRule {
  key: keyof NodeManifest;
  code: ManifestProblemCode;
  misplaced: (node: NodeManifest) => boolean;
  expected: string;
}

const isDeterministic = (node: NodeManifest) => node.kind === 'deterministic';
const isTerminal = (node: NodeManifest) => node.role === 'start' || node.role === 'exit';

/** Fields that fit only some roles or kinds. Elsewhere they would be ignored, so they are refused. */
const fitRules: readonly FitRule[] = [
  {
    key: 'split',
    code: 'manifest.split_not_applicable',
    misplaced: (node) => node.split !== undefined && node.role !== 'split',
    expected: 'a node of role split',
  },
  {
    key: 'merge',
    code: 'manifest.merge_not_applicable',
    misplaced: (node) => node.merge !== undefined && node.role !== 'merge',
    expected: 'a node of role merge',
  },
  {
    key: 'always_fail',
    code: 'manifest.always_fail_not_applicable',
    misplaced: (node) => node.always_fail && node.role !== 'exit',
    expected: 'a node of role exit',
  },
  {
    key: 'approval',
    code: 'manifest.approval_not_applicable',
    misplaced: (node) => node.approval !== undefined && isTerminal(node),
    expected: 'a node between start and exit',
  },
  {
    key: 'budget',
    code: 'manifest.budget_not_applicable',
    misplaced: (node) => node.budget !== undefined && isDeterministic(node),
    expected: 'a node of kind agent',
  },
  {
    key: 'agent_id',
    code: 'manifest.agent_not_applicable',
    misplaced: (node) => node.agent_id !== undefined && isDeterministic(node),
    expected: 'a node of kind agent',
  },
  {
    key: 'handler',
    code: 'manifest.handler_not_applicable',
    misplaced: (node) => node.handler !== undefined && !isDeterministic(node),
    expected: 'a node of kind deterministic',
  },
  {
    key: 'with',
    code: 'manifest.handler_not_applicable',
    misplaced: (node) => Object.keys(node.with).length > 0 && !isDeterministic(node),
    expected: 'a node of kind deterministic',
  },
  {
    key: 'remember',
    code: 'manifest.remember_not_applicable',
    misplaced: (node) => node.remember !== undefined && node.role === 'decision',
    expected: 'a node whose output is a value, not a label',
  },
  {
    key: 'tools',
    code: 'manifest.exit_with_tools',
    misplaced: (node) => node.tools.length > 0 && node.role === 'exit',
    expected: 'no tools on an exit',
  },
];

function fitFindings(node: NodeManifest, path: Path): Finding[] {
  return fitRules
    .filter((rule) => rule.misplaced(node))
    .map(({ key, code, expected }) => {
      const message = `${key} does not fit ${node.id}, whose role is ${node.role} and whose kind is ${node.kind}.`;
      return { code, message, path: [...path, key], atKey: true, expected };
    });
}

function kindFindings(node: NodeManifest, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (node.kind === 'agent' && isTerminal(node)) {
    const code = node.role === 'start' ? 'manifest.start_not_deterministic' : 'manifest.exit_not_deterministic';
    const message = `The role of ${node.id} is ${node.role}, and such nodes call no agent.`;
    findings.push({ code, message, path: [...path, 'kind'], expected: 'deterministic' });
  } else if (node.kind === 'agent' && node.agent_id === undefined) {
    const message = `${node.id} is of kind agent and names no agent_id.`;
    findings.push({ code: 'manifest.agent_missing', message, path: [...path, 'agent_id'], expected: 'an agent of agents.yaml' });
  }
  if (node.continue_on_failure && node.role === 'decision') {
    const message = `${node.id} is a decision: when it fails there is no label, and so no edge to go on along.`;
    findings.push({
      code: 'manifest.continue_on_decision',
      message,
      path: [...path, 'continue_on_failure'],
      atKey: true,
      expected: 'false',
    });
  }
  return findings;
}
