import { spawnSync } from 'node:child_process';
import config from '../vitest.config.ts';
import { isUpToDate, readSummary, shortfalls } from './coverage-gate/summary.ts';

/** Holds the coverage of the last `npm test -- --coverage` against the thresholds; measures anew if a file has changed since then. */
const summary = 'coverage/coverage-summary.json';
if (!(await isUpToDate(summary, ['packages', 'vitest.config.ts']))) {
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--coverage'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
const files = await readSummary(summary);
const missed = shortfalls(files, config.test?.coverage?.thresholds ?? {});
process.stdout.write(`lines covered: ${files.total?.lines.pct} %\n`);
for (const text of missed) process.stderr.write(`${text}\n`);
if (missed.length > 0) process.exitCode = 1;
