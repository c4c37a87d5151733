import ts from 'typescript';
import { nodesOf, type SourceFile } from '../source-files.ts';
import { isTestCode } from './import-edge.ts';

/** Names that only some files may use: what a rule about imports cannot see. */
interface ReservedName {
  name: string;
  allowedIn: RegExp;
  uses(node: ts.Node): boolean;
}

const reservedNames: readonly ReservedName[] = [
  {
    name: 'issuePermit is for the gate alone (S20)',
    allowedIn: /^packages\/runtime\/src\/gate\//,
    uses: (node) => ts.isIdentifier(node) && node.text === 'issuePermit',
  },
  {
    name: 'process.env is read in packages/cli/src/environment.ts only',
    allowedIn: /^packages\/cli\/src\/environment\.ts$/,
    uses: readsEnvironment,
  },
];

/** A use of a reserved name outside its place. */
export interface ReservedUse {
  path: string;
  name: string;
}

/** The uses of reserved names in production code, one per file and name. Comments and strings do not count. */
export function reservedUses(files: readonly SourceFile[]): ReservedUse[] {
  const production = files.filter(({ path }) => !isTestCode(path));
  return production.flatMap(({ path, tree }) => {
    const nodes = [...nodesOf(tree)];
    const used = reservedNames.filter(({ allowedIn, uses }) => !allowedIn.test(path) && nodes.some(uses));
    return used.map(({ name }) => ({ path, name }));
  });
}

/** `process.env`, `process['env']`, `globalThis.process.env`, `const { env } = process`, `import { env } from 'node:process'`. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env';
  if (ts.isElementAccessExpression(node)) return isProcess(node.expression);
  if (ts.isVariableDeclaration(node)) return isDestructured(node) && [...nodesOf(node.name)].some(isEnv);
  if (ts.isImportDeclaration(node)) return isProcessModule(node.moduleSpecifier) && [...nodesOf(node)].some(isEnv);
  return false;
}

function isDestructured({ name, initializer }: ts.VariableDeclaration): boolean {
  return ts.isObjectBindingPattern(name) && initializer !== undefined && isProcess(initializer);
}

function isProcess(node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'process';
  return ts.isIdentifier(node) && node.text === 'process';
}

function isEnv(node: ts.Node): boolean {
  return ts.isIdentifier(node) && node.text === 'env';
}

function isProcessModule(node: ts.Expression): boolean {
  return ts.isStringLiteral(node) && /^(node:)?process$/.test(node.text);
}
