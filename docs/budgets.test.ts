import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { budgetScopeNames } from '@espalier/core';
import { configurationSchema, readConfiguration } from '@espalier/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from '../packages/runtime/src/models/testing/scripted-upstream.ts';
import { configurationKeys } from './checks/configuration-keys.ts';
import { readText, repository, section, tableRows } from './checks/pages.ts';
import { printed, shownCommands, steady } from './checks/shown-commands.ts';

const page = await readText('docs/budgets.md');
let root: string;
/** The server of one's own that the page speaks of. */
let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  root = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
  await cp(join(repository, 'docs/budgets'), join(root, 'docs/budgets'), { recursive: true });
  await cp(join(repository, 'docs/budgets/espalier.config.toml'), join(root, 'espalier.config.toml'));
  const models = join(root, 'docs/budgets/models.yaml');
  const text = await readFile(models, 'utf8');
  await writeFile(models, text.replace('http://127.0.0.1:8000/v1', upstream.baseUrl('openai-compatible')));
});

afterAll(async () => {
  await upstream.close();
  await rm(root, { recursive: true });
});

describe('ENG-DOC docs/budgets.md', () => {
  it('GRD-5 COG-3 shows what its commands print, and the second run asks nobody', { timeout: 60_000 }, async () => {
    const said = 'Dear neighbours,\n\nthe first pears are ripe. Come and taste them on Sunday.\n\nYours, Ada';
    upstream.answer('openai-compatible', { text: said, usage: { input_tokens: 42, output_tokens: 310 } });
    const examples = shownCommands(page);
    expect(examples.map(({ words: [name] }) => name)).toEqual(['run', 'run', 'usage', 'budget']);
    for (const { words, output } of examples) expect(steady(await printed(words, root))).toBe(steady(output));
    expect(upstream.requests).toHaveLength(1);
  });

  it('CFG has every key of the configuration, with its default', () => {
    const rows = tableRows(section(page, '## Configuration'));
    expect(rows.map(([key, standard]) => [key, standard])).toEqual(configurationKeys().map(({ path, standard }) => [path, standard ?? '']));
  });

  it('CFG shows a configuration that can be read', async () => {
    const { budgets, breaker } = await readConfiguration(join(repository, 'docs/budgets'));
    expect(budgets).toMatchObject({ session_usd: 0.0015, agent_month_usd: null });
    expect(breaker).toMatchObject({ failures: 5, least_confidence: 0.5 });
  });

  it('has every scope of budgets, with its cap', () => {
    const rows = tableRows(section(page, '## Whose money'));
    expect(rows.map(([scope]) => scope)).toEqual(budgetScopeNames);
    const { session_usd: session, user_day_usd: user, ...others } = configurationSchema.parse({}).budgets;
    const caps = new Map(rows.map((row) => [row[0], row[3]]));
    expect([caps.get('session'), caps.get('user_day')]).toEqual([`$${session}`, `$${user}`]);
    expect(new Set(Object.values(others))).toEqual(new Set([null]));
  });
});
