import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSourceFiles } from '../source-files.ts';
import { coreRules } from './core-rules.ts';
import { importCycles } from './import-cycles.ts';
import type { ImportEdge } from './import-edge.ts';
import { packageRules } from './package-rules.ts';
import { readHouse, readImports } from './read-imports.ts';
import { reservedUses } from './reserved-names.ts';
import { runtimeRules } from './runtime-rules.ts';

const rules = [...packageRules, ...coreRules, ...runtimeRules];

/** What was read, and what is wrong with it: lines of the form `file → file: rule`, sorted. */
export interface BoundaryReport {
  modules: number;
  violations: string[];
}

/** Checks the packages and examples below `root`. What only measures or checks them (bench, docs, scripts) may look inside. */
export async function findViolations(root: string): Promise<BoundaryReport> {
  const present = await readdir(root);
  const folders = ['packages', 'examples'].filter((folder) => present.includes(folder));
  const { edges, modules } = await readImports(root, folders);
  const house = await readHouse(root, await readdir(join(root, 'packages')));
  const broken = rules.flatMap((rule) => edges.filter((edge) => rule.refuses(edge, house)).map((edge) => line(edge, rule.name)));
  const cycles = importCycles(edges).map((edge) => line(edge, 'closes a cycle of imports'));
  const reserved = reservedUses(await readSourceFiles(root, ['packages'])).map(({ path, name }) => `${path}: ${name}`);
  return { modules, violations: [...new Set([...broken, ...cycles, ...reserved])].sort() };
}

function line({ from, to }: ImportEdge, rule: string): string {
  return `${from} → ${to}: ${rule}`;
}
