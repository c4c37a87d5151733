import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSourceFiles } from '../source-files.ts';
import { type Requirement, readRequirements } from './read-requirements.ts';
import { namesId, testNames, textsIn } from './test-names.ts';

/** Which requirements a test or a bench job names. */
export interface SpecCoverage {
  named: Requirement[];
  /** Said to be covered, and named by none: a fault. */
  missing: Requirement[];
  /** Not built yet, and named by none. */
  planned: Requirement[];
}

/** Compares docs/requirements.md with the names of the tests and bench jobs below `root`. */
export async function specCoverage(root: string): Promise<SpecCoverage> {
  const requirements = readRequirements(await readFile(join(root, 'docs/requirements.md'), 'utf8'));
  const tests = (await readSourceFiles(root, ['packages', 'docs', 'examples', 'scripts', 'bench'])).flatMap(({ tree }) => testNames(tree));
  const jobs = (await readSourceFiles(root, ['bench'])).flatMap(({ tree }) => textsIn(tree));
  const names = [...tests, ...jobs];
  const isNamed = ({ id }: Requirement) => names.some((name) => namesId(name, id));
  const unnamed = requirements.filter((requirement) => !isNamed(requirement));
  return {
    named: requirements.filter(isNamed),
    missing: unnamed.filter(({ covered }) => covered),
    planned: unnamed.filter(({ covered }) => !covered),
  };
}
