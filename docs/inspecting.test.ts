import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlatform } from '@espalier/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { espalier } from '../packages/cli/src/testing/espalier.fixture.ts';
import { readText, repository } from './checks/pages.ts';
import { whereWaysPart } from './inspecting/where-ways-part.ts';

const workflow = join(repository, 'docs/inspecting');
let root: string;
/** The ids of the two runs that the page tells of. */
let runs: string[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
  const page = await readText('docs/inspecting.md');
  const inputs = [...page.matchAll(/^npx espalier run docs\/inspecting -i '(.+)'$/gm)].map((match) => match[1] ?? '');
  const ended = [];
  for (const input of inputs) ended.push(await espalier(['run', workflow, '-i', input, '--json'], { cwd: root }));
  runs = ended.map(({ stdout }) => String(JSON.parse(stdout).run));
});

afterAll(() => rm(root, { recursive: true }));

/** The commands of the page, each with what it prints according to the page. */
async function shown(): Promise<[string, string][]> {
  const page = await readText('docs/inspecting.md');
  const examples = page.matchAll(/^```sh\nnpx espalier (\w+ run_.+)\n```\n\n```text\n([\s\S]*?)^```$/gm);
  return [...examples].map(([, command = '', output = '']) => [command, output]);
}

/** What is another one each time: ids, hashes, times, the user of the machine, and the spaces around them. */
function steady(text: string): string {
  return text
    .replaceAll(/run_\w+/g, 'run_id')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'time')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'hash')
    .replaceAll(/, \d+(?:\.\d+)? m?s later/g, '')
    .replaceAll(/[+-]?\d+(?:\.\d+)? m?s/g, 'time')
    .replaceAll(/^(Started .+ at \w+) by .+$/gm, '$1')
    .replaceAll(/ +/g, ' ');
}

/** Nodes that took longer stand first: their order is another one each time. */
function withoutOrder(text: string): string[] {
  return steady(text).split('\n').toSorted();
}

describe('ENG-T1 ENG-T2 ENG-DOC docs/inspecting.md', () => {
  it('shows what its commands print', async () => {
    const examples = await shown();
    expect(examples.map(([command]) => command.split(' ')[0])).toEqual(['inspect', 'diff', 'compare']);
    const [first = '', second = ''] = runs;
    const ids = [...new Set(examples.flatMap(([command]) => command.match(/run_\w+/g) ?? []))];
    for (const [command, output] of examples) {
      const words = command.split(' ').map((word) => ({ [ids[0] ?? '']: first, [ids[1] ?? '']: second })[word] ?? word);
      const { stdout, stderr, exit } = await espalier(words, { cwd: root });
      expect([stderr, exit]).toEqual(['', 0]);
      expect(withoutOrder(stdout)).toEqual(withoutOrder(output));
    }
  });

  it('has a program that says where ways part', async () => {
    const platform = await openPlatform({ stateDirectory: join(root, '.espalier'), workspace: root, journal: 'file' });
    const [first = '', second = ''] = runs;
    const told = await whereWaysPart(platform, first, second);
    await platform.close();
    expect(told).toBe('choose chose patch instead of minor');
    expect(await readText('docs/inspecting.md')).toContain(`\`${told}\``);
  });
});
