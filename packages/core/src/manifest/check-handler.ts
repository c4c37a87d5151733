import { waitFindings } from './check-wait.ts';
import type { Finding, Path } from './manifest-document.ts';
import { looksLikeModule, type ModuleScope, moduleFindings } from './module-reference.ts';
import { nearestName } from './nearest-name.ts';
import type { NodeManifest } from './shapes/workflow.ts';

/** The handlers that a deterministic node can name without a module. */
const builtinHandlers = ['normalise', 'pass', 'transform', 'decide', 'template', 'tools', 'wait'] as const;
export type BuiltinHandler = (typeof builtinHandlers)[number];

/** What is wrong with the handler of a deterministic node, or with the tools that it would call. */
export function handlerFindings(node: NodeManifest, path: Path, scope: ModuleScope): Finding[] {
  if (node.kind !== 'deterministic') return [];
  return [
    ...referenced(node.handler, [...path, 'handler'], scope),
    ...choosing(node, path),
    ...calling(node, path),
    ...waitFindings(node, path),
  ];
}

function referenced(handler: string | undefined, path: Path, scope: ModuleScope): Finding[] {
  if (handler === undefined || builtinHandlers.some((known) => known === handler)) return [];
  if (looksLikeModule(handler)) return moduleFindings(handler, scope, { path });
  const expected = `${builtinHandlers.join(', ')} or ./path.ts#export`;
  return [
    {
      code: 'manifest.unknown_handler',
      message: `There is no handler ${handler}.`,
      path,
      expected,
      nearest: nearestName(handler, builtinHandlers),
    },
  ];
}

/** Only `decide` and a project's own code can return a label. */
function choosing(node: NodeManifest, path: Path): Finding[] {
  const handler = node.handler ?? 'pass';
  if (node.role !== 'decision' || handler === 'decide' || !builtinHandlers.some((known) => known === handler)) return [];
  const message = `${node.id} is a decision, and the handler ${handler} chooses no edge.`;
  return [{ code: 'manifest.decision_without_handler', message, path: [...path, 'handler'], expected: 'decide or ./path.ts#export' }];
}

function calling(node: NodeManifest, path: Path): Finding[] {
  const named = node.tools.length > 0;
  if (node.handler === 'tools' && !named) {
    const message = `${node.id} has the handler tools and names none.`;
    return [{ code: 'manifest.tools_missing', message, path: [...path, 'tools'], expected: 'tools of tools.yaml' }];
  }
  const ignored = node.handler === undefined || builtinHandlers.some((known) => known !== 'tools' && known === node.handler);
  if (!named || !ignored || node.role === 'exit') return [];
  const message = `${node.id} names tools that its handler ${node.handler ?? '(pass)'} never calls.`;
  return [{ code: 'manifest.tools_not_applicable', message, path: [...path, 'tools'], atKey: true, expected: 'the handler tools' }];
}
