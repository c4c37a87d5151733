import { specCoverage } from './coverage-spec/spec-coverage.ts';

/** Lists the requirements that no test or bench job names (QA-6); fails if docs/requirements.md calls one of them covered. */
const { named, missing, planned } = await specCoverage(process.cwd());
process.stdout.write(`named by a test or bench job: ${named.length}\n`);
process.stdout.write(`planned, without a test so far (${planned.length}): ${planned.map(({ id }) => id).join(', ')}\n`);
for (const { id, meaning } of missing) process.stderr.write(`${id} is said to be covered, but no test names it: ${meaning}\n`);
if (missing.length > 0) process.exitCode = 1;
