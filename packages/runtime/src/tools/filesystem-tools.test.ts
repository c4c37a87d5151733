import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@espalier/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issuePermit } from '../gate/permit.ts';
import { createSchemaCompiler } from '../schema/compile-schema.ts';
import { createFilesystemTool } from './filesystem-tools.ts';
import { callTool, toolManifest } from './tool-call.fixture.ts';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'espalier-files-'));
});
afterEach(() => rm(workspace, { recursive: true }));

const none = { in: undefined, out: undefined };
const builtin = (id: string, root = '.') =>
  createFilesystemTool(
    toolManifest({ id, type: 'filesystem', entrypoint: 'builtin', permissions: { root, allow_network: false, allow_shell: false } }),
    none,
  );
const call = (id: string, input: Json) => callTool(builtin(id), input, { workspace });

describe('the file tools', () => {
  it('write, read and list files, with results that satisfy their own schemas', async () => {
    const results = {
      write_file: await call('write_file', { path: './docs/a.md', content: 'Grüße' }),
      read_file: await call('read_file', { path: 'docs/a.md' }),
      list_files: await call('list_files', { path: 'docs/', recursive: true }),
    };
    expect(results).toMatchObject({
      write_file: { outcome: 'success', output: { path: 'docs/a.md', size: 7, created: true } },
      read_file: { outcome: 'success', output: { path: 'docs/a.md', content: 'Grüße', size: 7 } },
      list_files: { outcome: 'success', output: { files: [{ path: 'docs/a.md', size: 7 }], truncated: false } },
    });
    const compiler = createSchemaCompiler();
    for (const [id, result] of Object.entries(results)) {
      expect(result.outcome === 'success' && compiler.compile(builtin(id).schemaOut ?? {})(result.output)).toEqual([]);
    }
  });

  it('give back what they wrote as a file for the index of artifacts, relative to the workspace (ENG-A)', async () => {
    const result = await callTool(builtin('write_file', './docs/'), { path: 'a.md', content: 'x' }, { workspace });
    expect(result).toMatchObject({ output: { path: 'a.md' }, files: [{ path: 'docs/a.md', media_type: 'text/markdown' }] });
    expect(await readFile(join(workspace, 'docs', 'a.md'), 'utf8')).toBe('x');
  });

  it.each<[string, Json, string]>([
    ['read_file', { path: 'missing.md' }, 'path.not_found'],
    ['read_file', { path: '../secret' }, 'path.outside_workspace'],
    ['read_file', { path: 7 }, 'tool.input_invalid'],
    ['read_file', 'notes.md', 'tool.input_invalid'],
    ['read_file', { path: 'image.png' }, 'tool.failed'],
    ['read_file', { path: 'zero.txt' }, 'payload.invalid_text'],
    ['write_file', { path: 'image.png', content: 'x', mode: 'create' }, 'tool.failed'],
    ['write_file', { path: '.Espalier/x', content: 'x' }, 'path.outside_workspace'],
    ['write_file', { path: 'a.md', content: 'x', mode: 'append' }, 'tool.input_invalid'],
    ['list_files', { path: '/' }, 'path.outside_workspace'],
    ['list_files', { extra: true }, 'tool.input_invalid'],
  ])('%s with %j fails as an outcome with %s (ENG-X4)', async (id, input, code) => {
    await writeFile(join(workspace, 'image.png'), Buffer.from([0x89, 0xff, 0x00]));
    await writeFile(join(workspace, 'zero.txt'), 'a\u0000b');
    const result = await call(id, input);
    expect(result).toMatchObject({ outcome: 'failure', error: { code } });
    expect(JSON.stringify(result)).not.toContain(workspace);
  });

  it('are chosen by the entrypoint', () => {
    const tool = createFilesystemTool(toolManifest({ id: 'open_doc', type: 'filesystem', entrypoint: 'builtin:read_file' }), none);
    expect(tool.schemaIn).toEqual(builtin('read_file').schemaIn);
    const declared = { type: 'object' };
    expect(createFilesystemTool(tool.manifest, { in: declared, out: undefined }).schemaIn).toBe(declared);
  });

  it.each(['builtin', 'builtin:delete_file', 'builtin:', 'builtin:constructor', './tools/x.ts#fn'])(
    'refuse the entrypoint %s by name',
    (entrypoint) => {
      const create = () => createFilesystemTool(toolManifest({ id: 'shred', type: 'filesystem', entrypoint }), none);
      expect(create).toThrow(
        expect.objectContaining({ code: 'module.invalid', message: expect.stringMatching(/shred.*read_file, write_file, list_files/) }),
      );
    },
  );

  it.each(['..', '/', '../other', 'a/../..', ''])('refuse the root %j when they are made', (root) => {
    expect(() => builtin('read_file', root)).toThrow(expect.objectContaining({ code: 'module.invalid' }));
  });

  it('act only with a permit for this very tool (S20)', async () => {
    const permit = issuePermit({ kind: 'tool', target: 'write_file', input: {} });
    const context = { workspace, signal: new AbortController().signal };
    await expect(builtin('read_file').call(permit, { path: 'a' }, context)).rejects.toMatchObject({ code: 'effect.refused' });
    await expect(builtin('write_file').call(permit, { path: 'a', content: '' }, context)).rejects.toMatchObject({ code: 'effect.refused' });
  });

  it('stop with the reason of an abort', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(callTool(builtin('write_file'), { path: 'a.md', content: 'x' }, { workspace, signal })).rejects.toThrow('cancelled');
    await expect(readFile(join(workspace, 'a.md'))).rejects.toThrow();
  });
});
