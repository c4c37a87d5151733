import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlatform } from '@espalier/platform';
import { expect, it } from 'vitest';

it('ENG-E ENG-EX the mini-editor passes its own cases, and says that no language model was asked', async () => {
  const root = await mkdtemp(join(tmpdir(), 'espalier-mini-editor-'));
  const platform = await openPlatform({ stateDirectory: join(root, 'state'), workspace: join(root, 'workspace'), journal: 'memory' });
  const { cases, notices } = await platform.evaluate(import.meta.dirname);
  await platform.close();
  await rm(root, { recursive: true, force: true });
  expect(cases.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  expect(cases.map((result) => result.suite)).toEqual(['drafting', 'drafting', 'editing', 'editing', 'editing']);
  expect(notices).toEqual([expect.stringContaining('not a language model')]);
});
