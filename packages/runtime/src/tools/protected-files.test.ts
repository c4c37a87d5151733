import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@espalier/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToolRegistry } from './registry.ts';
import { callTool, toolManifest } from './tool-call.fixture.ts';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'espalier-protected-'));
  await mkdir(join(workspace, 'flow', 'schemas'), { recursive: true });
  await mkdir(join(workspace, 'state', 'runs'), { recursive: true });
  await writeFile(join(workspace, 'flow', 'workflow.yaml'), 'original');
  await writeFile(join(workspace, 'state', 'runs', 'journal.jsonl'), 'original');
});
afterEach(() => rm(workspace, { recursive: true }));

async function call(id: string, input: Json, { root = '.', state = 'state' } = {}) {
  const permissions = { root, allow_network: false, allow_shell: false };
  const manifest = toolManifest({ id, type: 'filesystem', entrypoint: 'builtin', permissions });
  const registry = await createToolRegistry({
    workflow: { tools: new Map([[id, manifest]]), schemas: new Map() },
    directory: join(workspace, 'flow'),
    stateDirectory: join(workspace, state),
  });
  const tool = registry.allowed([id]).get(id);
  if (tool === undefined) throw new Error(`there is no tool ${id}`);
  return callTool(tool, input, { workspace });
}
const write = (path: string, options?: { root?: string; state?: string }) => call('write_file', { path, content: 'new' }, options);
const refusal = (message: RegExp) => ({
  outcome: 'failure',
  error: { code: 'path.outside_workspace', message: expect.stringMatching(message) },
});
const ofWorkflow = refusal(/manifest, schema or module of the workflow/);
const inState = refusal(/state directory/);

describe('the workflow’s own files', () => {
  it.each([
    ...[
      'workflow.yaml',
      'agents.yml',
      'tools.json',
      'Workflow.YAML',
      './policy.yaml',
      'schemas/a.json',
      'Schemas/new.JSON',
      'x.ts',
      'X.MTS',
    ],
    ...['handlers/deep/x.cts', 'tools/x.js', 'x.mjs', 'x.cjs', 'x.ｔｓ', '.hidden/x.ts', 'package.json', 'node_modules/some/data.md'],
  ])('are not written: %s (S26)', async (path) => {
    expect(await write(`flow/${path}`)).toMatchObject(ofWorkflow);
    expect(await write(path, { root: 'flow' })).toMatchObject(ofWorkflow);
    expect(await readdir(join(workspace, 'flow'))).toEqual(['schemas', 'workflow.yaml']);
    expect(await readFile(join(workspace, 'flow', 'workflow.yaml'), 'utf8')).toBe('original');
  });

  it('are not written through links, nor by another spelling of their directory', async () => {
    await symlink('flow', join(workspace, 'link'));
    await symlink('flow/workflow.yaml', join(workspace, 'notes.md'));
    await symlink('flow/schemas', join(workspace, 'data'));
    for (const path of ['link/workflow.yaml', 'link/new.ts', 'notes.md', 'data/a.json', 'FLOW/new.ts']) {
      expect(await write(path), path).toMatchObject(ofWorkflow);
    }
    expect(await write('a.json', { root: 'data' })).toMatchObject(ofWorkflow);
    expect(await readFile(join(workspace, 'flow', 'workflow.yaml'), 'utf8')).toBe('original');
  });

  it('are read and listed', async () => {
    expect(await call('read_file', { path: 'flow/workflow.yaml' })).toMatchObject({ outcome: 'success' });
    expect(await call('list_files', { path: 'flow' })).toMatchObject({ output: { files: [{ path: 'flow/workflow.yaml' }] } });
  });

  it.each([
    'flow/docs/x.md',
    'flow/x.md',
    'flow/data.json',
    'flow/docs/workflow.yaml',
    'flow/schemas/deep/x.json',
    'workflow.yaml',
    'x.ts',
    'flow2/x.ts',
  ])('do not include %s', async (path) => {
    expect(await write(path)).toMatchObject({ outcome: 'success' });
    expect(await readFile(join(workspace, path), 'utf8')).toBe('new');
  });
});

describe('the state directory', () => {
  it.each(['state/x.md', 'state/runs/journal.jsonl', 'STATE/x.md', 'link/x.md'])('is not written: %s', async (path) => {
    await symlink('state', join(workspace, 'link'));
    expect(await write(path)).toMatchObject(inState);
    expect(await readdir(join(workspace, 'state'))).toEqual(['runs']);
  });

  it('is not written below a root in it, nor before it exists', async () => {
    expect(await write('x.md', { root: 'state' })).toMatchObject(inState);
    expect(await write('later/on/x.md', { state: 'later' })).toMatchObject(inState);
  });

  it('is neither read nor listed', async () => {
    await symlink('state/runs/journal.jsonl', join(workspace, 'notes.md'));
    expect(await call('read_file', { path: 'state/runs/journal.jsonl' })).toMatchObject(inState);
    expect(await call('read_file', { path: 'notes.md' })).toMatchObject(inState);
    expect(await call('list_files', { path: 'state/runs' })).toMatchObject(inState);
    const all = await call('list_files', { recursive: true });
    expect(all).toMatchObject({ output: { files: [{ path: 'flow/workflow.yaml' }], truncated: false } });
  });
});
