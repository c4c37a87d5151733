import { type ImportEdge, isTestCode, placeOf } from './import-edge.ts';
import type { Rule } from './rule.ts';

const packagesOfCore = ['zod', 'yaml', 'ajv', 'ajv-formats', 're2js'];

/** The laws inside core: no I/O, an engine that knows nothing outside core, a wire that a browser can load. Types obey them too. */
export const coreRules: readonly Rule[] = [
  {
    name: `core imports ${packagesOfCore.join(', ')} and node:crypto only`,
    refuses: (edge) => inCore(edge) && (isForeignPackage(edge) || (edge.kind === 'builtin' && edge.to !== 'node:crypto')),
  },
  {
    name: 'core/wire and what it imports run in a browser: wire and errors import each other and zod only',
    refuses: (edge) => {
      if (!inCore(edge) || !isBrowserSafe(edge.from)) return false;
      return edge.kind === 'file' ? !isBrowserSafe(edge.to) : edge.to !== 'zod';
    },
  },
  {
    name: 'core/engine imports nothing but core',
    refuses: (edge) => inCore(edge) && placeOf(edge.from)?.folder === 'engine' && edge.kind === 'package',
  },
];

function inCore({ from }: ImportEdge): boolean {
  return placeOf(from)?.package === 'core' && !isTestCode(from);
}

function isForeignPackage({ kind, to }: ImportEdge): boolean {
  return kind === 'package' && !packagesOfCore.includes(to);
}

function isBrowserSafe(path: string): boolean {
  return /^packages\/core\/src\/(wire|errors)\//.test(path);
}
