import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolManifest } from '@espalier/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { issuePermit } from '../gate/permit.ts';
import { loadModuleTool } from './module-tools.ts';
import { callTool, toolManifest } from './tool-call.fixture.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'espalier-modules-'));
  await mkdir(join(directory, 'flow', 'tools'), { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

const flow = () => join(directory, 'flow');
const none = { in: undefined, out: undefined };

async function toolFrom(source: string, manifest: Partial<ToolManifest> = {}) {
  await writeFile(join(flow(), 'tools', 'x.ts'), source);
  return loadModuleTool(flow(), toolManifest({ id: 'x', type: 'module', entrypoint: './tools/x.ts#fn', ...manifest }), none);
}

describe('module tools', () => {
  it('call the exported function with the input, the workspace and a signal', async () => {
    const tool = await toolFrom(`
      interface Context { signal: AbortSignal; workspace: string }
      export const fn = async (input: { n: number }, { signal, workspace }: Context) => ({ twice: input.n * 2, workspace, aborted: signal.aborted });
    `);
    const result = await callTool(tool, { n: 21 }, { workspace: '/w' });
    expect(result).toEqual({ outcome: 'success', output: { twice: 42, workspace: '/w', aborted: false } });
  });

  it('see a changed file when the tools are made again', async () => {
    const first = await toolFrom('export const fn = () => 1;');
    const second = await toolFrom('export const fn = () => 2;');
    const outputs = await Promise.all([first, second].map((tool) => callTool(tool, null, { workspace: '/' })));
    expect(outputs).toMatchObject([{ output: 1 }, { output: 2 }]);
  });

  it.each([
    ['undefined', 'undefined'],
    ['a function', '() => 1'],
    ['a date', 'new Date()'],
    ['a number that is none', 'Number.NaN'],
    ['text with NUL', '"a\\u0000"'],
    ['text with a lone surrogate', '{ deep: ["\\ud800"] }'],
    ['a circle', '(() => { const a = {}; a.a = a; return a; })()'],
  ])('that return %s fail with payload.invalid_text (S5)', async (_what, value) => {
    const tool = await toolFrom(`export const fn = (): unknown => (${value.replace('const a = {}', 'const a: any = {}')});`);
    expect(await callTool(tool, {}, { workspace: '/' })).toMatchObject({ outcome: 'failure', error: { code: 'payload.invalid_text' } });
  });

  it.each([
    ['throw new Error("no network")', 'no network'],
    ['throw "just text"', 'just text'],
    ['throw undefined', 'threw a undefined'],
    ['throw Object.create(null)', 'threw a object'],
    ['throw new Error("a\\u0000\\ud800" + "x".repeat(9000))', '\uFFFD'],
    ['return Promise.reject(new TypeError("later"))', 'later'],
  ])('that do `%s` fail as an outcome with the message and no stack (ENG-X4)', async (statement, message) => {
    const tool = await toolFrom(`export function fn(): unknown { ${statement}; }`);
    const result = await callTool(tool, {}, { workspace: '/' });
    expect(result).toMatchObject({ outcome: 'failure', error: { code: 'tool.failed', message: expect.stringContaining(message) } });
    expect(JSON.stringify(result).length).toBeLessThan(2200);
    expect(JSON.stringify(result)).not.toContain('x.ts');
  });

  it('can change neither their input nor, afterwards, their output', async () => {
    const tool = await toolFrom(`
      const kept = { count: 0 };
      export const fn = (input: { list: number[] }) => { input.list.push(1); kept.count += 1; return kept; };
    `);
    const input = { list: [] };
    const first = await callTool(tool, input, { workspace: '/' });
    await callTool(tool, input, { workspace: '/' });
    expect(input).toEqual({ list: [] });
    expect(first).toMatchObject({ output: { count: 1 } });
  });

  it('fail with tool.timed_out after their timeout, even if they ignore the signal', async () => {
    const tool = await toolFrom('export const fn = () => new Promise(() => {});', { timeout: '20ms' });
    const result = await callTool(tool, {}, { workspace: '/' });
    expect(result).toMatchObject({ outcome: 'failure', error: { code: 'tool.timed_out', message: expect.stringContaining('20ms') } });
  });

  it('hear of the timeout through their signal', async () => {
    const source = `export const fn = (_: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => { globalThis.heardTimeout = signal.reason.code; resolve(1); }));
      declare global { var heardTimeout: string }`;
    const result = await callTool(await toolFrom(source, { timeout: '20ms' }), {}, { workspace: '/' });
    expect(result).toMatchObject({ error: { code: 'tool.timed_out' } });
    expect(Reflect.get(globalThis, 'heardTimeout')).toBe('tool.timed_out');
  });

  it('end with the reason of an abort, before and during the call', async () => {
    const tool = await toolFrom('export const fn = () => new Promise(() => {});');
    const controller = new AbortController();
    const running = callTool(tool, {}, { workspace: '/', signal: controller.signal });
    controller.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    await expect(callTool(tool, {}, { workspace: '/', signal: controller.signal })).rejects.toThrow('cancelled');
  });

  it('act only with a permit (S20)', async () => {
    const tool = await toolFrom('export const fn = () => 1;');
    const permit = issuePermit({ kind: 'model', target: 'x', input: {} });
    await expect(tool.call(permit, {}, { workspace: '/', signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'effect.refused',
    });
  });
});

describe('loading modules (S26)', () => {
  const load = (entrypoint: string) => loadModuleTool(flow(), toolManifest({ id: 'x', type: 'module', entrypoint }), none);

  it.each([
    ['./../outside.ts#fn', 'manifest.module_not_allowed'],
    ['./tools/../../outside.ts#fn', 'manifest.module_not_allowed'],
    ['./link.ts#fn', 'manifest.module_not_allowed'],
    ['./linked/outside.ts#fn', 'manifest.module_not_allowed'],
    ['../outside.ts#fn', 'module.invalid'],
    ['/etc/passwd#fn', 'module.invalid'],
    ['node:child_process#execSync', 'module.invalid'],
    ['data:text/javascript,export const fn = 1#fn', 'module.invalid'],
    ['./tools/missing.ts#fn', 'module.invalid'],
    ['./tools/x.ts', 'module.invalid'],
    ['./tools/x.ts#', 'module.invalid'],
    ['./tools/x.ts#other', 'module.invalid'],
    ['./tools/x.ts#text', 'module.invalid'],
    ['./tools/x.ts#toString', 'module.invalid'],
    ['./tools/throws.ts#fn', 'module.invalid'],
    ['./tools/x.json#fn', 'module.invalid'],
  ])('refuses %s', async (entrypoint, code) => {
    await writeFile(join(directory, 'outside.ts'), 'export const fn = () => 1;');
    await symlink('../outside.ts', join(flow(), 'link.ts'));
    await symlink('..', join(flow(), 'linked'));
    await writeFile(join(flow(), 'tools', 'x.ts'), 'export const fn = () => 1; export const text = "";');
    await writeFile(join(flow(), 'tools', 'throws.ts'), 'throw new Error("at import");');
    const failure = await load(entrypoint).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toContain(directory);
  });

  it('names the functions that there are', async () => {
    await writeFile(join(flow(), 'tools', 'x.ts'), 'export const search = () => 1; export function find() {}');
    await expect(load('./tools/x.ts#fn')).rejects.toThrow(/no function fn; its functions are: find, search/);
  });
});
