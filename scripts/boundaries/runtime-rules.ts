import { type ImportEdge, isTestCode, placeOf } from './import-edge.ts';
import type { Rule } from './rule.ts';

/**
 * The floors inside runtime, top first. A folder imports folders on lower floors only; folders on one floor do not know each other.
 * `guardrails` and `playbooks` beside `tools`; `sandbox` beside `models`.
 */
const floors: readonly (readonly string[])[] = [
  ['evals', 'compare'],
  ['run'],
  ['agent'],
  ['tools', 'handlers', 'memory', 'plugins', 'cassettes'],
  ['models', 'expressions', 'modules', 'journal', 'artifacts', 'workflows', 'rate-limits', 'usage'],
  ['gate'],
  ['ports'],
  ['credentials'],
  ['schema', 'storage', 'timers', 'profile'],
];

/** Where things are kept: reached through a port, wired by platform. */
const storageAdapters = ['journal', 'artifacts', 'workflows'];

/** The laws between the folders of runtime. Types and tests are free of them: neither loads anything in production. */
export const runtimeRules: readonly Rule[] = [
  {
    name: `inside runtime arrows only go down (${floors.map((floor) => floor.join(', ')).join(' → ')})`,
    refuses: (edge) => between(edge, (from, to) => floorOf(from) >= floorOf(to)),
  },
  {
    name: 'nothing in runtime imports an adapter of a storage port: it is passed in',
    refuses: (edge) => between(edge, (_, to) => storageAdapters.includes(to)),
  },
];

/** Asks `refuses` about an import from one folder of runtime into another. */
function between(edge: ImportEdge, refuses: (from: string, to: string) => boolean): boolean {
  const [from, to] = [placeOf(edge.from), placeOf(edge.to)];
  if (edge.typeOnly || isTestCode(edge.from) || from?.package !== 'runtime' || to?.package !== 'runtime') return false;
  if (from.folder === undefined || to.folder === undefined || from.folder === to.folder) return false;
  return refuses(from.folder, to.folder);
}

/** A folder without a floor stands below all others when it imports: it has to be given one. */
function floorOf(folder: string): number {
  const floor = floors.findIndex((folders) => folders.includes(folder));
  return floor === -1 ? floors.length : floor;
}
