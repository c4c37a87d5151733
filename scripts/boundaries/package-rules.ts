import { type ImportEdge, isTestCode, placeOf } from './import-edge.ts';
import type { Rule } from './rule.ts';

/** The floors: what each package may import of the others. A package that is not listed may neither import nor be imported. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  cli: ['platform', 'core'],
  platform: ['store', 'runtime', 'core'],
  store: ['runtime', 'core'],
  runtime: ['core'],
  core: [],
};

const testRunner = /^(vitest|@vitest\/.*|fast-check)$/;
const modelProvider = /^(@ai-sdk\/.*|@anthropic-ai\/.*|@google\/.*|openai)$/;

/** The laws between packages. They hold for types and for tests as well. */
export const packageRules: readonly Rule[] = [
  {
    name: 'arrows between packages only go down (cli → platform → store → runtime → core)',
    refuses: (edge) => {
      const [from, to] = [placeOf(edge.from)?.package, importedPackage(edge)];
      return from !== undefined && to !== undefined && from !== to && !(mayImport[from]?.includes(to) ?? false);
    },
  },
  {
    name: 'a package is imported by its name and only through its declared exports',
    refuses: (edge, { entries }) => {
      const to = importedPackage(edge);
      if (to === undefined || to === placeOf(edge.from)?.package) return false;
      return !edge.specifier.startsWith('@espalier/') || !entries.has(edge.to);
    },
  },
  {
    name: 'test code and test tools stay out of production code',
    refuses: ({ from, to, kind }) =>
      placeOf(from) !== undefined && !isTestCode(from) && (kind === 'package' ? testRunner.test(to) : isTestCode(to)),
  },
  {
    name: 'provider packages are imported by model adapters only (packages/runtime/src/models/<provider>/)',
    refuses: (edge) => edge.kind === 'package' && modelProvider.test(edge.to) && !isOfAdapter(edge),
  },
];

/** `@ai-sdk/azure` belongs to `models/azure` and nowhere else; the types that the packages of the SDK share load nothing. */
function isOfAdapter({ from, to, typeOnly }: ImportEdge): boolean {
  const [, adapter] = /^packages\/runtime\/src\/models\/([^/]+)\//.exec(from) ?? [];
  if (adapter === undefined) return false;
  return to === '@ai-sdk/provider' ? typeOnly : to.split('/').at(-1) === adapter;
}

function importedPackage({ to, kind, specifier }: ImportEdge): string | undefined {
  if (kind === 'file') return placeOf(to)?.package;
  return /^@espalier\/([^/]+)/.exec(specifier)?.[1];
}
