import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { specCoverage } from './spec-coverage.ts';

const requirements = `# Requirements

| id | what it asks | state |
|---|---|---|
| AB-1 | the first thing | covered here |
| AB-2 | the second | covered here (half of it) |
| AB-10 | the tenth | covered here |
| X3 | a later thing | planned |
`;

// The ids of these made-up files are not those of the project: the scan that is tested here reads this file too.
describe('the coverage of the requirements (QA-6)', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'requirements-'));
    await write('docs/requirements.md', requirements);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('lists what no test names, apart from what is planned', async () => {
    expect(await idsOf()).toEqual({ named: [], missing: ['AB-1', 'AB-2', 'AB-10'], planned: ['X3'] });
  });

  it('finds an id in the names of tests, groups and tables, in any of the folders', async () => {
    await write('packages/a/src/a.test.ts', `it('does it (AB-1)', () => {});`);
    await write('examples/b/b.test.ts', 'describe(`AB-2: in the body`, () => { it("x", () => {}); });');
    await write('docs/c.test.ts', `it.each([1])('%i X3, and more', () => {});`);
    await write('bench/engine/targets.ts', `export const targets = [{ what: 'AB-10: speed' }];`);
    expect(await idsOf()).toEqual({ named: ['AB-1', 'AB-2', 'AB-10', 'X3'], missing: [], planned: [] });
  });

  it('takes no part of a word, comment, other text, or test that never runs for a test of the id', async () => {
    await write(
      'packages/a/src/a.test.ts',
      [
        `// it('AB-2')`,
        `it('AB-10 is fast', () => expect('AB-1').toBe('AB-1'));`,
        `it('is X3-compatible', () => {});`,
        `it.skip('AB-1', () => {});`,
        `it.todo('AB-1');`,
        `describe.skip('later', () => { it('AB-2', () => {}); });`,
      ].join('\n'),
    );
    expect(await idsOf()).toEqual({ named: ['AB-10'], missing: ['AB-1', 'AB-2'], planned: ['X3'] });
  });

  it('leaves out what is installed', async () => {
    await write('packages/a/node_modules/b/b.test.ts', `it('AB-1', () => {});`);
    expect((await idsOf()).named).toEqual([]);
  });

  it('refuses a row that it cannot read, and an id that stands twice', async () => {
    await write('docs/requirements.md', `${requirements}| AB-4 | a thing | nearly |\n`);
    await expect(specCoverage(root)).rejects.toThrow('Line 9 is not');
    await write('docs/requirements.md', `${requirements}| AB-1 | again | planned |\n`);
    await expect(specCoverage(root)).rejects.toThrow('Line 9 lists AB-1 a second time');
  });

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  async function idsOf(): Promise<Record<string, string[]>> {
    const coverage = await specCoverage(root);
    return Object.fromEntries(Object.entries(coverage).map(([key, found]) => [key, found.map(({ id }: { id: string }) => id)]));
  }
});
