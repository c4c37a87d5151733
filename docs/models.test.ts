import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlatform } from '@espalier/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providerNames } from '../packages/core/src/manifest/shapes/models.ts';
import { readText, repository, section, tableRows } from './checks/pages.ts';
import { printed, shownCommands, steady, wordsOf } from './checks/shown-commands.ts';

const page = await readText('docs/models.md');
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
});

afterAll(() => rm(home, { recursive: true }));

/** What keeps the deployments of docs/models/providers from being asked. Nobody is asked. */
async function faultsOfProviders(variables: Record<string, string>): Promise<Record<string, string | undefined>> {
  const environment = { home, variable: (name: string) => variables[name] };
  const platform = await openPlatform({ stateDirectory: '/unused', workspace: home, journal: 'memory', environment });
  const reports = await platform.models(join(repository, 'docs/models/providers'));
  await platform.close();
  return Object.fromEntries(reports.map(({ candidate, fault }) => [candidate.id, fault?.code]));
}

describe('ENG-DOC docs/models.md', () => {
  const rows = tableRows(section(page, '## Providers'));

  it('has every provider', () => {
    expect(rows.map(([name]) => name).toSorted()).toEqual([...providerNames].toSorted());
  });

  it('names the variables with which the deployments of its example can be asked, and a server of one’s own needs none', async () => {
    const none = await faultsOfProviders({});
    const { own, frankfurt, ...others } = none;
    expect(own).toBeUndefined();
    expect(frankfurt).toBe('credential.missing');
    expect(new Set(Object.values(others))).toEqual(new Set(['model.unconfigured']));

    await mkdir(join(home, '.keys'));
    await writeFile(join(home, '.keys/azure.yaml'), 'frankfurt: { key: a-key }\n', { mode: 0o600 });
    const variables = rows.map(([, variable = '']) => variable).filter((variable) => variable !== 'none');
    const all = await faultsOfProviders(Object.fromEntries(variables.map((variable) => [variable, 'a-key'])));
    expect(Object.keys(all)).toEqual(Object.keys(none));
    expect(Object.values(all).filter((code) => code !== undefined)).toEqual([]);
  });

  it('COG-1 shows what its commands print', async () => {
    const examples = shownCommands(page);
    expect(examples.map(({ words }) => words.slice(0, 2).join(' '))).toEqual(['models list', 'models price']);
    for (const { words, output } of examples)
      expect(steady(await printed(words, repository, { HOME: join(home, 'nobody') }))).toBe(steady(output));
  });

  it('COG-7 records a run, replays it, and misses what was not recorded', { timeout: 60_000 }, async () => {
    await cp(join(repository, 'docs/models'), join(home, 'docs/models'), { recursive: true });
    const commands = [...section(page, '## Cassettes').matchAll(/^npx espalier (run .+)$/gm)].map(([, command = '']) => wordsOf(command));
    expect(commands).toHaveLength(3);
    const said = [];
    for (const words of commands) said.push(await printed(words, home));
    expect(said[0]).toContain('Recorded in espalier.cassette');
    expect(said[1]).toContain('replayed, no provider was asked');
    expect(said[1]).toContain('Success');
    expect(said[2]).toContain('(cassette.miss)');
  });

  it('has every kind of frame', async () => {
    const source = await readText('packages/core/src/wire/frames.ts');
    const kinds = [...source.matchAll(/kind: z\.literal\('(\w+)'\)/g)].map(([, kind]) => kind);
    expect(kinds.length).toBeGreaterThan(3);
    expect(tableRows(section(page, '## Streaming')).map(([kind]) => kind)).toEqual(kinds);
  });
});
