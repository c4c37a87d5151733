import type { Finding, Path } from './manifest-document.ts';
import { looksLikeModule, type ModuleScope, moduleFindings } from './module-reference.ts';
import { nearestName } from './nearest-name.ts';
import type { MergeManifest, NodeManifest } from './shapes/workflow.ts';

/** The reducers that a merge can name without a module (S18). */
const builtinReducers = ['list', 'concat', 'last', 'vote'] as const;
export type BuiltinReducer = (typeof builtinReducers)[number];

/** What is wrong with a node's `merge`, apart from what it closes. */
export function mergeFindings(node: NodeManifest, path: Path, scope: ModuleScope): Finding[] {
  if (!node.merge) return [];
  const at = [...path, 'merge'];
  return [...quorumFindings(node.id, node.merge, at), ...reducerFindings(node.merge.reducer, [...at, 'reducer'], scope)];
}

function quorumFindings(id: string, { strategy, quorum }: MergeManifest, path: Path): Finding[] {
  if (strategy === 'quorum' && quorum === undefined) {
    const message = `${id} merges by quorum and does not say how many successes it needs.`;
    return [{ code: 'manifest.quorum_missing', message, path: [...path, 'quorum'], expected: 'a whole number of at least 1' }];
  }
  if (strategy === 'quorum' || quorum === undefined) return [];
  const message = `${id} sets a quorum, but its strategy is ${strategy}.`;
  return [{ code: 'manifest.quorum_not_applicable', message, path: [...path, 'quorum'], atKey: true, expected: 'strategy: quorum' }];
}

function reducerFindings(reducer: string, path: Path, scope: ModuleScope): Finding[] {
  if (builtinReducers.some((known) => known === reducer)) return [];
  if (looksLikeModule(reducer)) return moduleFindings(reducer, scope, { path });
  const expected = `${builtinReducers.join(', ')} or ./path.ts#export`;
  return [
    {
      code: 'manifest.unknown_reducer',
      message: `There is no reducer ${reducer}.`,
      path,
      expected,
      nearest: nearestName(reducer, builtinReducers),
    },
  ];
}
