import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isUpToDate, shortfalls } from './summary.ts';

describe('QA-1 coverage is gated', () => {
  const thresholds = { lines: 90, 'packages/core/src/wire/**': { lines: 100 } };
  const file = (pct: number) => ({ lines: { pct } });

  it('names everything that is below its threshold, and nothing else', () => {
    const wire = '/r/packages/core/src/wire/json.ts';
    expect(shortfalls({ total: file(95), [wire]: file(100) }, thresholds, '/r')).toEqual([]);
    expect(shortfalls({ total: file(89.9), [wire]: file(99), '/r/packages/core/src/other.ts': file(10) }, thresholds, '/r')).toEqual([
      'everything: 89.9 % of lines are covered, expected 90 %',
      'packages/core/src/wire/json.ts: 99 % of lines are covered, expected 100 %',
    ]);
    expect(shortfalls({}, thresholds, '/r')).toHaveLength(1);
  });

  it('a summary that is older than a source file, or missing, is measured anew', async () => {
    const root = await mkdtemp(join(tmpdir(), 'espalier-coverage-'));
    onTestFinished(() => rm(root, { recursive: true }));
    await mkdir(join(root, 'packages/a/src'), { recursive: true });
    const [source, summary] = [join(root, 'packages/a/src/x.ts'), join(root, 'summary.json')];
    await writeFile(source, '');
    expect(await isUpToDate(summary, [join(root, 'packages')])).toBe(false);
    await writeFile(summary, '{}');
    await utimes(source, 1, 1);
    expect(await isUpToDate(summary, [join(root, 'packages')])).toBe(true);
    await utimes(source, Date.now() / 1000 + 60, Date.now() / 1000 + 60);
    expect(await isUpToDate(summary, [join(root, 'packages')])).toBe(false);
  });
});
