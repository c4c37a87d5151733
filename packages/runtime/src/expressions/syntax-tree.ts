import { EspalierError } from '@espalier/core';
import { expressionLimits } from './limits.ts';

export type UnknownObject = { [key: string]: unknown };

/** True for anything with members, arrays included. */
export function isObject(value: unknown): value is UnknownObject {
  return typeof value === 'object' && value !== null;
}

/** Where a node of the syntax tree stands, as far as the evaluator must treat it specially. */
export type Part =
  /** Its whole value is read: an operand of `=`, `!=` or `&`. */
  | 'compared'
  /** It is called. */
  | 'called'
  /** It selects what a transformation changes. */
  | 'changed'
  /** It is evaluated for each comparison of a sort. */
  | 'sorted'
  /** It names the group of an item. */
  | 'grouped';

export interface SyntaxFindings {
  readonly parts: ReadonlyMap<object, Part>;
  /** Whether a regular expression can run: a literal, or a function that makes one of its picture. */
  readonly usesRegex: boolean;
  /**
   * Whether the input must be copied, with its keys in canonical order: JSONata may write to it (transformations, `[]` after a
   * path), or the order of keys can be seen, which a journal does not keep.
   */
  readonly needsOwnInput: boolean;
}

/** Functions whose result is not a function of their arguments, and the one that would hide them from us (S12). */
export const removedFunctions: readonly string[] = ['now', 'millis', 'random', 'shuffle', 'eval'];

const keyOrderReaders = new Set(['keys', 'each', 'sift', 'spread', 'string', 'merge', 'clone']);
const regexBuilders = new Set(['toMillis', 'parseInteger']);

interface Walk {
  parts: Map<object, Part>;
  usesRegex: boolean;
  needsOwnInput: boolean;
}

/**
 * Walks a JSONata syntax tree once.
 * @throws EspalierError `expression.invalid` if it uses a removed function or is nested too deeply.
 */
export function inspectSyntax(root: unknown): SyntaxFindings {
  const walk: Walk = { parts: new Map(), usesRegex: false, needsOwnInput: false };
  const seen = new Set<object>();
  const open: { node: UnknownObject; depth: number }[] = isObject(root) ? [{ node: root, depth: 0 }] : [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.node)) continue;
    seen.add(next.node);
    // A node and the list that holds it are two levels of this walk.
    if (next.depth > expressionLimits.nesting * 2) throw new EspalierError('expression.invalid', 'The expression is nested too deeply.');
    inspectNode(next.node, walk);
    for (const child of Object.values(next.node)) {
      if (isObject(child) && !(child instanceof RegExp)) open.push({ node: child, depth: next.depth + 1 });
    }
  }
  return walk;
}

function inspectNode(node: UnknownObject, walk: Walk): void {
  if (node.keepArray === true || node.keepSingletonArray === true) walk.needsOwnInput = true;
  if (isObject(node.group)) markGroup(node.group, walk);
  // JSONata turns a signature such as <n+n+n+:n> into a regular expression over the arguments.
  if (node.type === 'lambda' && isObject(node.signature)) walk.usesRegex = true;
  if (node.type === 'variable') inspectVariable(node, walk);
  else if (node.type === 'regex') walk.usesRegex = true;
  else if (node.type === 'wildcard' || node.type === 'descendant') walk.needsOwnInput = true;
  else if (node.type === 'binary') inspectBinary(node, walk);
  else if (node.type === 'function' || node.type === 'partial') mark(walk, 'called', [node.procedure]);
  else if (node.type === 'sort' && Array.isArray(node.terms))
    mark(
      walk,
      'sorted',
      node.terms.map((term) => isObject(term) && term.expression),
    );
  else if (node.type === 'transform') {
    walk.needsOwnInput = true;
    mark(walk, 'changed', [node.pattern]);
  }
}

function inspectBinary(node: UnknownObject, walk: Walk): void {
  if (node.value === '=' || node.value === '!=' || node.value === '&') mark(walk, 'compared', [node.lhs, node.rhs]);
  // An object is joined to text as JSON text, keys in their order.
  if (node.value === '&') walk.needsOwnInput = true;
}

function inspectVariable(node: UnknownObject, walk: Walk): void {
  const name = String(node.value);
  if (regexBuilders.has(name)) walk.usesRegex = true;
  if (keyOrderReaders.has(name)) walk.needsOwnInput = true;
  if (!removedFunctions.includes(name)) return;
  const position = typeof node.position === 'number' ? node.position : 0;
  throw new EspalierError('expression.invalid', `$${name} is not available: expressions must give the same result every time.`, {
    details: { position, token: `$${name}` },
  });
}

function markGroup(group: UnknownObject, walk: Walk): void {
  if (Array.isArray(group.lhs))
    mark(
      walk,
      'grouped',
      group.lhs.map((pair) => (Array.isArray(pair) ? pair[0] : undefined)),
    );
}

function mark(walk: Walk, part: Part, nodes: readonly unknown[]): void {
  for (const node of nodes) if (isObject(node)) walk.parts.set(node, part);
}
