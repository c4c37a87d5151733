import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildTemplate, findTemplate } from './template.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-template-'));
});
afterEach(() => rm(root, { recursive: true }));

const prepare = async () => undefined;

it('a template is found by its key once it is built, is built once, and replaces those of other keys', async () => {
  await mkdir(join(root, '0.0.1-old'));
  expect(await findTemplate({ key: 'a', root })).toBeUndefined();
  const built = await buildTemplate({ key: 'a', prepare, root });
  expect(await findTemplate({ key: 'a', root })).toBe(built);
  expect(await readdir(root)).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+-a$/)]);
  const never = () => Promise.reject(new Error('it was built again'));
  expect(await buildTemplate({ key: 'a', prepare: never, root })).toBe(built);
});

it('a template that cannot be prepared leaves nothing', async () => {
  await expect(buildTemplate({ key: 'a', prepare: () => Promise.reject(new Error('no')), root })).rejects.toThrow('no');
  expect(await readdir(root)).toEqual([]);
});

it('builders that run at once all get the same template', async () => {
  const built = await Promise.all([1, 2].map(() => buildTemplate({ key: 'a', prepare, root })));
  expect(new Set(built).size).toBe(1);
  expect(await readdir(root)).toHaveLength(1);
});
