import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlatform } from '@espalier/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { espalier } from '../packages/cli/src/testing/espalier.fixture.ts';
import { blocksOf, readText, repository } from './checks/pages.ts';
import { regressions } from './evaluations/regressions.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
  await cp(join(repository, 'docs/evaluations'), join(root, 'reply'), { recursive: true });
});

afterAll(() => rm(root, { recursive: true }));

async function shown(): Promise<string[]> {
  const text = await readText('docs/evaluations.md');
  return blocksOf({ path: 'docs/evaluations.md', text }).flatMap(({ language, code }) => (language === 'text' ? [code] : []));
}

/** What is another one each time: ids, hashes, times, ratios, and the spaces around them. */
function steady(text: string): string {
  return text
    .replaceAll(/\b(run|eval)_\w+/g, '$1_id')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'time')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'hash')
    .replaceAll(/\d+(?:\.\d+)? (?:ms|s|×)/g, 'time')
    .replaceAll(/ +/g, ' ');
}

it('ENG-E ENG-DOC the commands of docs/evaluations.md print what the page shows', async () => {
  const [passing = '', failing = '', compared = ''] = await shown();
  const evaluate = async (...words: string[]) => espalier(['eval', ...words], { cwd: root });
  const before = await evaluate('reply');
  expect(steady(before.stdout)).toBe(steady(passing));
  expect(before.exit).toBe(0);
  const handler = join(root, 'reply/handlers/answer.ts');
  const text = await readFile(handler, 'utf8');
  await writeFile(handler, text.replace('thank you for asking about', 'sadly we cannot speak of'));
  const after = await evaluate('reply');
  expect(steady(after.stdout)).toBe(steady(failing));
  expect(after.exit).toBe(1);
  const comparison = await evaluate('compare');
  expect(steady(comparison.stdout)).toBe(steady(compared));
  expect(comparison.exit).toBe(1);
  await writeFile(handler, text);
});

it('ENG-E ENG-DOC docs/evaluations/regressions.ts names what newly fails', async () => {
  const platform = await openPlatform({ stateDirectory: '/unused', workspace: root, journal: 'memory' });
  const sound = await platform.evaluate(join(root, 'reply'));
  await platform.close();
  expect(await regressions(join(root, 'reply'), sound)).toEqual([]);
  const changed = await readText('docs/evaluations/evaluations.yaml');
  await writeFile(join(root, 'reply/evaluations.yaml'), changed.replace('expected: blocked', 'expected: success'));
  expect(await regressions(join(root, 'reply'), sound)).toEqual(['replies/no_topic']);
});
