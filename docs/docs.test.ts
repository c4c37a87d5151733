import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCatalogue, queueEventSchemas, taskEventSchemas } from '@espalier/core';
import { eventSchemas } from '@espalier/core/wire';
import { openPlatform, type PluginReport } from '@espalier/platform';
import { describe, expect, it } from 'vitest';
import { problemCodes } from '../packages/core/src/manifest/problem-codes.ts';
import { announce } from './api/announce.ts';
import { problemsOfASlip } from './api/compile.ts';
import { eventTypes } from './api/wire-by-hand.ts';
import { manifestFields } from './checks/manifest-fields.ts';
import { blocksOf, type Page, readPages, readText, repository, section, tableRows } from './checks/pages.ts';
import { perform, type StatedRun } from './checks/stated-runs.ts';
import { twoMeetings } from './memory/two-meetings.ts';
import { slowestNodes } from './profiling/slowest-nodes.ts';
import { drain } from './scheduler/drain.ts';
import { countEvents } from './storage/count-events.ts';

const pages = await readPages();
const blocks = pages.flatMap(blocksOf);
const fields = await manifestFields();

function page(path: string): Page {
  const found = pages.find((candidate) => candidate.path === path);
  if (!found) throw new Error(`no page ${path}`);
  return found;
}

describe('ENG-DOC: what the pages show', () => {
  const shown = blocks.filter((block) => block.claim?.kind === 'file' || block.claim?.kind === 'part');

  it.each(shown.map((block) => [`${block.page}:${block.line}`, block] as const))('the code at %s is that of the file', async (_, block) => {
    const file = await readText(`docs/${block.claim?.path}`);
    if (block.claim?.kind === 'file') expect(block.code).toBe(file);
    else expect(file).toContain(block.code);
  });

  it('every manifest, module and JSON snippet under docs comes from a file or is run', () => {
    const loose = blocks.filter(
      ({ page: path, language, claim }) => path.startsWith('docs/') && !claim && /^(yaml|ts|json)$/.test(language),
    );
    expect(loose.map((block) => `${block.page}:${block.line}`)).toEqual([]);
  });

  const stated = blocks.filter((block) => block.claim?.kind === 'run');

  it.each(stated.map((block) => [`${block.page}:${block.line}`, block] as const))(
    'the run stated at %s goes like that',
    async (_, block) => {
      const expected: StatedRun = JSON.parse(block.code);
      expect(await perform(block.claim?.path ?? '', expected)).toEqual(expected);
    },
  );

  it('there is a page with a runnable workflow for each of the seven roles', () => {
    for (const role of ['start', 'linear', 'decision', 'branch', 'split', 'merge', 'exit']) {
      const claims = blocks.filter((block) => block.page === `docs/roles/${role}.md`).map((block) => block.claim);
      expect(claims).toContainEqual({ kind: 'file', path: `roles/${role}/workflow.yaml` });
      expect(claims).toContainEqual({ kind: 'run', path: `roles/${role}` });
    }
  });

  const release = { version: '1.2', changes: ['fix: broken link'] };

  it('docs/api/announce.ts runs a workflow through the platform', async () => {
    const { output, notices, events } = await announce(join(repository, 'docs/first-workflow/3-agent'), release);
    expect(output).toMatchObject({ title: expect.any(String), content: expect.any(String) });
    expect(notices).toEqual([expect.stringContaining('not a language model')]);
    expect(events.at(-1)).toBe('run.completed');
  });

  it('docs/profiling/slowest-nodes.ts finds the nodes of a run that took longest', async () => {
    const platform = await openPlatform({ stateDirectory: '/unused', workspace: repository, journal: 'memory' });
    const { run } = await platform.open(join(repository, 'docs/first-workflow/3-agent'));
    const handle = await run({ input: release });
    await handle.ended;
    const [slowest, ...others] = await slowestNodes(platform, handle.run, 2);
    await platform.close();
    expect(slowest).toEqual({ node: expect.any(String), total_ms: expect.any(Number), queued_ms: expect.any(Number) });
    for (const other of others) expect(other.total_ms).toBeLessThanOrEqual(slowest?.total_ms ?? 0);
  });

  it('docs/memory/two-meetings.ts gives the second run what the first one remembered', async () => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
    const given = await twoMeetings(join(repository, 'docs/memory'), stateDirectory);
    await rm(stateDirectory, { recursive: true });
    expect(given).toMatchObject([{ store: 'project', node: 'summarise', tags: ['minutes'], value: expect.stringContaining('pear tree') }]);
  });

  it('docs/storage/count-events.ts counts the events of a run in the embedded database', async () => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
    const platform = await openPlatform({ stateDirectory, workspace: stateDirectory });
    const handle = await (await platform.open(join(repository, 'docs/first-workflow/1-two-nodes'))).run({ input: release });
    await handle.ended;
    await platform.close();
    const counts = await countEvents(join(stateDirectory, 'database'));
    await rm(stateDirectory, { recursive: true });
    expect(counts.get('run.started')).toBe(1);
    expect(counts.get('task.created')).toBe(1);
  });

  it('docs/scheduler/drain.ts queues what there is room for, and drives it', async () => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'espalier-docs-'));
    const platform = await openPlatform({ stateDirectory, workspace: stateDirectory });
    const drained = await drain(platform, join(repository, 'docs/scheduler'), [1, 2, 3, 4, 5]);
    await platform.close();
    await rm(stateDirectory, { recursive: true });
    expect(drained).toEqual({ refused: 2, outcomes: ['success', 'success', 'success'] });
  });

  it('docs/plugins names the slow nodes of a run', async () => {
    const said: string[] = [];
    const onPluginReport = ({ kind, message }: PluginReport) => said.push(`${kind}: ${message}`);
    const platform = await openPlatform({ stateDirectory: '/unused', workspace: repository, journal: 'memory', onPluginReport });
    const handle = await (await platform.open(join(repository, 'docs/plugins'))).run({ input: {} });
    await handle.ended;
    await expect.poll(() => said, { timeout: 30_000 }).toHaveLength(1); // its thread takes a moment to start
    await platform.close();
    expect(said).toEqual([expect.stringMatching(/^output: rest took \d+ ms$/)]);
  });

  it('docs/api/compile.ts finds the slip that the README of core says it finds', async () => {
    const [problem = ''] = problemsOfASlip();
    expect(problemsOfASlip()).toHaveLength(1);
    expect(page('packages/core/README.md').text).toContain(`gives \`${problem}\``);
  });

  it('docs/api/wire-by-hand.ts runs a workflow without a platform', async () => {
    expect(await eventTypes(join(repository, 'docs/first-workflow/1-two-nodes'), release)).toEqual([
      'run.started',
      'node.completed',
      'node.started',
      'node.completed',
      'task.completed',
      'run.completed',
    ]);
  });

  it('the five diagrams are there, each in Mermaid with a caption and an explanation', () => {
    const { text } = page('docs/diagrams.md');
    const headings = [
      '## DAG structure',
      '## Node lifecycle',
      '## Routing of the seven roles',
      '## Task lineage',
      '## Plugins and the flow of events',
    ];
    for (const heading of headings) {
      const content = section(text, heading);
      expect(content).toMatch(/^```mermaid\n(flowchart|stateDiagram-v2|sequenceDiagram)/m);
      expect(content).toMatch(/^\*Figure \d: .+\*$/m);
      expect(content.replace(/```[\s\S]*?```/g, '').length).toBeGreaterThan(300);
    }
  });
});

describe('ENG-DOC: the reference tables are complete', () => {
  it.each([...fields.keys()])('docs/manifests.md has every field of %s, with its default', (name) => {
    const rows = tableRows(section(page('docs/manifests.md').text, `### ${name}`));
    const expected = (fields.get(name) ?? []).filter((field) => field.path !== '$schema');
    expect(rows.map(([path, standard]) => [path, standard])).toEqual(expected.map((field) => [field.path, field.standard ?? '']));
  });

  it('docs/manifests.md has every problem code with its meaning', () => {
    const rows = tableRows(section(page('docs/manifests.md').text, '## Problem codes'));
    expect(rows).toEqual(Object.entries(problemCodes));
  });

  it('docs/manifests.md names every feature that is accepted by shape and refused as not supported', async () => {
    const source = await readText('packages/core/src/manifest/unsupported.ts');
    const names = [...source.matchAll(/name: '([^']+)'/g)].map((match) => match[1] ?? '');
    const listed = tableRows(section(page('docs/manifests.md').text, '## Not supported yet')).map((row) => row[0]);
    expect(names.length).toBeGreaterThan(10);
    expect(listed).toEqual(names);
  });

  it('docs/errors.md has every error of the catalogue', () => {
    const expected = Object.entries(errorCatalogue).map(([code, { status, exit, retryable, hint }]) => {
      return [code, String(status), String(exit), retryable ? 'yes' : 'no', hint];
    });
    expect(tableRows(section(page('docs/errors.md').text, '## All codes'))).toEqual(expected);
  });

  it('docs/journal.md has every event with the fields of its payload', () => {
    const rows = tableRows(section(page('docs/journal.md').text, '## Events'));
    const expected = Object.entries(eventSchemas).map(([type, schema]) => [type, Object.keys(schema.shape).join(' ')]);
    expect(rows.map(([type, payload]) => [type, payload])).toEqual(expected);
  });

  it('docs/journal.md has every event of the stream of a root task', () => {
    const rows = tableRows(section(page('docs/journal.md').text, "### The root task's stream"));
    const expected = Object.entries(taskEventSchemas).map(([type, schema]) => [type, Object.keys(schema.shape).join(' ')]);
    expect(rows.map(([type, payload]) => [type, payload])).toEqual(expected);
  });

  it('docs/journal.md has every event of the stream of a queue', () => {
    const rows = tableRows(section(page('docs/journal.md').text, '### The stream of a queue'));
    const expected = Object.entries(queueEventSchemas).map(([type, schema]) => [type, Object.keys(schema.shape).join(' ')]);
    expect(rows.map(([type, payload]) => [type, payload])).toEqual(expected);
  });

  const entries = [
    'store/src/index.ts',
    'platform/src/index.ts',
    'runtime/src/index.ts',
    'runtime/src/ports/index.ts',
    'core/src/index.ts',
    'core/src/wire/index.ts',
  ];

  it.each(entries)('docs/api.md speaks of every export of packages/%s', async (entry) => {
    const { text } = page('docs/api.md');
    const names = exportsOf(await readText(`packages/${entry}`));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

/** The names that an index exports, as others import them. */
function exportsOf(source: string): string[] {
  const lists = [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].map((match) => match[1] ?? '');
  const names = lists
    .flatMap((list) => list.split(','))
    .map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    );
  return names.filter((name) => name !== '');
}

describe('ENG-DOC: the pages as text', () => {
  it('call workflows workflows', () => {
    expect(pages.filter(({ text }) => /pipeline/i.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('link to nothing that is not there', async () => {
    const broken: string[] = [];
    for (const { path, text } of pages) {
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
        const file = join(repository, dirname(path), target);
        await access(file).catch(() => broken.push(`${path} → ${target}`));
      }
    }
    expect(broken).toEqual([]);
  });

  it('name no file of a package that is not there', async () => {
    const missing: string[] = [];
    for (const { path, text } of pages) {
      for (const [, name = '', rest = ''] of text.matchAll(/`(core|runtime|store|platform|cli)\/([\w./-]+)`/g)) {
        if (rest === 'wire' || rest === 'ports') continue; // an entry
        await access(join(repository, 'packages', name, 'src', rest)).catch(() => missing.push(`${path} → ${name}/${rest}`));
      }
      for (const [, file = ''] of text.matchAll(/`(packages\/[\w./-]+)`/g)) {
        await access(join(repository, file)).catch(() => missing.push(`${path} → ${file}`));
      }
    }
    expect(missing).toEqual([]);
  });

  it('link to headings that are there', () => {
    const broken: string[] = [];
    for (const { path, text } of pages) {
      for (const [, target = '', anchor = ''] of text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)]+)\)/g)) {
        const linked = target === '' ? text : pages.find((candidate) => candidate.path === join(dirname(path), target))?.text;
        if (linked !== undefined && !anchorsOf(linked).includes(anchor)) broken.push(`${path} → ${target}#${anchor}`);
      }
    }
    expect(broken).toEqual([]);
  });
});

/** The anchors that headings get on GitHub. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? '');
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
