import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readConfiguration } from './read-configuration.ts';

async function directoryWith(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'espalier-configuration-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

it('CFG GRD-5 GRD-3 without a file everything has its default', async () => {
  const configuration = await readConfiguration(await directoryWith({}));
  expect(configuration).toMatchObject({
    budgets: { session_usd: 2, user_day_usd: 10, tenant_day_usd: null },
    rate_limits: { user_per_minute: 10, user_per_hour: 100, session_per_hour: 50, tenant_per_hour: 1000 },
    breaker: { failures: 3, least_confidence: 0.5 },
  });
  expect(configuration.redis).toBeUndefined();
});

it.each([
  ['espalier.config.toml', '[budgets]\nsession_usd = 0.5\n'],
  ['espalier.config.yaml', 'budgets:\n  session_usd: 0.5\n'],
  ['espalier.config.json', '{"budgets": {"session_usd": 0.5}}'],
])('CFG %s is read, and what it leaves out has its default', async (name, text) => {
  const { budgets } = await readConfiguration(await directoryWith({ [name]: text }));
  expect(budgets).toMatchObject({ session_usd: 0.5, user_day_usd: 10 });
});

it('CFG the environment comes before the file', async () => {
  const directory = await directoryWith({ 'espalier.config.yaml': 'redis: { url: "redis://one", prefix: a }' });
  const { redis } = await readConfiguration(directory, { redisUrl: 'redis://two' });
  expect(redis).toMatchObject({ url: 'redis://two', prefix: 'a' });
});

it.each<[string, Record<string, string>, RegExp]>([
  ['an unknown key', { 'espalier.config.yaml': 'budget: {}' }, /espalier\.config\.yaml: budget is no setting; did you mean budgets\?/],
  ['a value of the wrong type', { 'espalier.config.toml': '[budgets]\nsession_usd = "much"\n' }, /budgets\.session_usd/],
  ['what is no TOML', { 'espalier.config.toml': 'budgets = [' }, /espalier\.config\.toml cannot be read/],
  ['two files', { 'espalier.config.toml': '', 'espalier.config.json': '{}' }, /keep one of them/],
])('CFG %s is refused with its place', async (_name, files, message) => {
  await expect(readConfiguration(await directoryWith(files))).rejects.toMatchObject({
    code: 'input.invalid',
    message: expect.stringMatching(message),
  });
});

it('CFG a password in a broken URL is not repeated', async () => {
  const directory = await directoryWith({ 'espalier.config.yaml': 'redis: { url: "http://user:hunter2@host" }' });
  const failure = await readConfiguration(directory).catch((thrown: Error) => thrown);
  expect(JSON.stringify(failure) + (failure as Error).message).not.toContain('hunter2');
});
