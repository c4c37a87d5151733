import { findViolations } from './boundaries/find-violations.ts';

/**
 * Checks that arrows only go down (ARCHITECTURE.md). The rules: boundaries/package-rules.ts, core-rules.ts, runtime-rules.ts.
 * Seeing hardly any module means that the reading is broken, not that all is well.
 */
const fewestModules = 100;

const { modules, violations } = await findViolations(process.cwd());
for (const violation of violations) process.stderr.write(`${violation}\n`);
if (modules < fewestModules) process.stderr.write(`Only ${modules} modules were seen; at least ${fewestModules} were expected.\n`);
process.stdout.write(`boundaries: ${modules} modules, ${violations.length} violation(s)\n`);
if (violations.length > 0 || modules < fewestModules) process.exitCode = 1;
