import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workflow } from '@espalier/core';
import { expect, it } from 'vitest';
import { chain, compileSample, temporaryDirectory } from '../run/testing/sample-workflow.ts';
import { preparePlugins } from './prepare-plugins.ts';

function withPlugin(module: string, enabled = true): Workflow {
  const workflow = compileSample({ workflow: chain([{ id: 'work' }]) });
  return { ...workflow, plugins: [{ id: 'log', module, enabled, config: {} }] };
}

it('S26 a plugin is loaded from the directory of its workflow alone, links included', async () => {
  const [directory, outside] = [await temporaryDirectory(), await temporaryDirectory()];
  await writeFile(join(outside, 'log.mjs'), 'export const observe = () => {};');
  await symlink(join(outside, 'log.mjs'), join(directory, 'log.mjs'));
  await expect(preparePlugins(withPlugin('./log.mjs'), directory)).rejects.toMatchObject({ code: 'manifest.module_not_allowed' });
  await expect(preparePlugins(withPlugin('./../log.mjs'), directory)).rejects.toMatchObject({ code: 'manifest.module_not_allowed' });
  await expect(preparePlugins(withPlugin('./none.mjs'), directory)).rejects.toMatchObject({ code: 'module.invalid' });
});

it('ENG-P no code of a plugin runs while it is prepared, and one that is not enabled is not looked for', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'log.mjs'), 'throw new Error("ran");');
  expect(await preparePlugins(withPlugin('./log.mjs'), directory)).toMatchObject([{ id: 'log', directory }]);
  expect(await preparePlugins(withPlugin('./none.mjs', false), directory)).toEqual([]);
});
