import { glob, readFile, stat } from 'node:fs/promises';
import { matchesGlob, relative } from 'node:path';

/** What was covered, by absolute path; `total` is all of it. */
export type Summary = Record<string, { lines: { pct: number } }>;

/** Whether the summary was written after the last change to any TypeScript file below `sources`. */
export async function isUpToDate(summary: string, sources: readonly string[]): Promise<boolean> {
  const written = await stat(summary).catch(() => undefined);
  if (!written) return false;
  for (const source of sources) {
    const files = source.endsWith('.ts') ? [source] : await Array.fromAsync(glob(`${source}/*/src/**/*.ts`));
    for (const file of files) if ((await stat(file)).mtimeMs > written.mtimeMs) return false;
  }
  return true;
}

export async function readSummary(path: string): Promise<Summary> {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** What is below its threshold, in words. A threshold is `lines` for all, or one for the files that match a pattern. */
export function shortfalls(summary: Summary, thresholds: object, root = process.cwd()): string[] {
  const found: string[] = [];
  const require = (name: string, pct: number, lines: number) => {
    if (pct < lines) found.push(`${name}: ${pct} % of lines are covered, expected ${lines} %`);
  };
  for (const [key, value] of Object.entries(thresholds)) {
    if (key === 'lines') require('everything', summary.total?.lines.pct ?? 0, Number(value));
    if (typeof value !== 'object' || typeof value.lines !== 'number') continue;
    for (const [path, { lines }] of Object.entries(summary)) {
      if (matchesGlob(relative(root, path), key)) require(relative(root, path), lines.pct, value.lines);
    }
  }
  return found;
}
