import ts from 'typescript';
import { nodesOf } from '../source-files.ts';

/** `describeStores` and the like are groups that come once for each engine. */
const testFunction = /^(describe([A-Z]\w*)?|it|test)$/;
/** A test that never runs proves nothing, nor do those inside a group that never runs. */
const neverRun = ['skip', 'todo'];

/** The names of the tests and groups of tests in a file, as far as they stand there as text; those that never run are left out. */
export function testNames(node: ts.Node): string[] {
  const callee = ts.isCallExpression(node) ? pathOf(node.expression) : [];
  const isTest = testFunction.test(callee[0] ?? '');
  if (isTest && callee.some((name) => neverRun.includes(name))) return [];
  const names = isTest && ts.isCallExpression(node) && node.arguments[0] ? textsIn(node.arguments[0]) : [];
  ts.forEachChild(node, (child) => {
    names.push(...testNames(child));
  });
  return names;
}

/** Every piece of text in a file: what a bench job measures is named in data. */
export function textsIn(node: ts.Node): string[] {
  return [...nodesOf(node)].flatMap((inner) => (ts.isStringLiteralLike(inner) || ts.isTemplateLiteralToken(inner) ? [inner.text] : []));
}

/** Whether a name contains the id as a word of its own: `S3` is in `(S3)` and `S3, S4`, not in `S31` or `S3-compatible`. */
export function namesId(name: string, id: string): boolean {
  return new RegExp(`(?<![\\w-])${id}(?![\\w-])`).test(name);
}

/** `['it', 'each']` for `it.each(rows)`; empty for what is not a name with properties. */
function pathOf(callee: ts.Expression): string[] {
  if (ts.isIdentifier(callee)) return [callee.text];
  if (ts.isCallExpression(callee)) return pathOf(callee.expression);
  if (ts.isTaggedTemplateExpression(callee)) return pathOf(callee.tag);
  return ts.isPropertyAccessExpression(callee) ? [...pathOf(callee.expression), callee.name.text] : [];
}
