import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embedded, espalier } from '../packages/cli/src/testing/espalier.fixture.ts';
import { readText, repository, section, tableRows } from './checks/pages.ts';

let root: string;
/** Every command opens the database: a busy machine needs minutes for the page. */
const timeout = 300_000;
/** The ids of the page, and those of the runs that were made here in their places. */
const ids = new Map<string, string>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
  const files = join(repository, 'examples/mini-editor');
  await cp(files, join(root, 'examples/mini-editor'), { recursive: true });
  await cp(files, join(root, 'my-editor'), { recursive: true });
  const workflow = join(root, 'my-editor/workflow.yaml');
  const text = await readFile(workflow, 'utf8');
  const page = await readText('docs/what-if.md');
  const plan = /^'\{ "tool": .+\}'$/m;
  await writeFile(workflow, text.replace(/'\{ "tool": "write_file".+\}'/, page.match(plan)?.[0] ?? 'missing'));
});

afterAll(() => rm(root, { recursive: true }));

/** The commands of the page, each with what it prints according to the page. */
async function shown(): Promise<[string, string][]> {
  const page = await readText('docs/what-if.md');
  const examples = page.matchAll(/^```sh\nnpx espalier (.+)\n```\n\n```text\n([\s\S]*?)^```$/gm);
  return [...examples].map(([, command = '', output = '']) => [command, output]);
}

async function perform(command: string) {
  const words = [...command.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => ids.get(word) ?? quoted ?? word);
  return espalier(words, { cwd: root, environment: { ...embedded, npm_lifecycle_event: 'npx' } });
}

/** The files in the workspaces. */
async function written(): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return names.filter((name) => /^(elsewhere|workspace)./.test(name)).toSorted();
}

/** What is another one each time: ids, times, the user of the machine, and the spaces around them; nodes that took longer stand first. */
function steady(text: string): string[] {
  return text
    .replaceAll(/\b(run|task)_\w+/g, '$1_id')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'time')
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'hash')
    .replaceAll(/[+-]?\b\d+(?:\.\d+)? m?s\b/g, 'time')
    .replaceAll(/^(Started .+ at \w+) by .+$/gm, '$1')
    .replaceAll(/ +/g, ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .toSorted();
}

describe('ENG-T2 ENG-T3 ENG-I ENG-DOC docs/what-if.md', { timeout }, () => {
  it('shows what its commands print', async () => {
    const examples = await shown();
    const names = examples.map(([command]) => command.split(' ')[0]);
    for (const name of ['inspect', 'fork', 'compare', 'adopt', 'rewind', 'step', 'resume', 'replay']) expect(names).toContain(name);
    for (const [command, output] of examples) {
      const before = await written();
      const { stdout, stderr, exit } = await perform(command);
      const added = (await written()).filter((file) => !before.includes(file));
      for (const file of added) expect(stdout).toContain(`Wrote    ${file} `);
      const printed = stderr + stdout;
      expect({ command, printed: steady(printed) }).toEqual({ command, printed: steady(output) });
      expect(exit).toBe(printed.startsWith('≠') ? 5 : 0);
      const found = printed.match(/run_\w+/g) ?? [];
      for (const [index, id] of (output.match(/run_\w+/g) ?? []).entries()) ids.set(id, found[index] ?? '');
    }
    expect(await written()).toEqual(['elsewhere/fair.md', 'workspace/project-brief-spring-garden-fair.md']);
  });

  it('has a table of what is refused, and with what', async () => {
    const rows = tableRows(section(await readText('docs/what-if.md'), '## What is refused'));
    expect(rows.length).toBeGreaterThan(10);
    for (const [command = '', code = ''] of rows) {
      const { stderr, exit } = await perform(command);
      expect({ command, stderr: stderr.replaceAll(/\s+/g, ' ') }).toEqual({ command, stderr: expect.stringContaining(`[${code}]`) });
      expect(exit).not.toBe(0);
    }
  });
});
