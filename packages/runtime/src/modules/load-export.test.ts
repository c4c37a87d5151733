import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadExport } from './load-export.ts';

let base: string;
let directory: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'load-export-'));
  directory = join(base, 'workflow');
  await write('workflow/handlers/ok.ts', 'export const double = (n: number): number => n * 2;\nexport const limit = 3;\n');
});

afterEach(() => rm(base, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(base, path)), { recursive: true });
  await writeFile(join(base, path), text);
}

describe('a function of a workflow’s module (S26)', () => {
  it('is loaded and called', async () => {
    expect((await loadExport(directory, './handlers/ok.ts#double'))(4)).toBe(8);
  });

  it('that never finishes loading is given up', async () => {
    await write('workflow/handlers/endless.ts', 'await new Promise(() => {});\nexport const never = 1;\n');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const loading = loadExport(directory, './handlers/endless.ts#never');
    loading.catch(() => {});
    while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(30_000);
    await expect(loading).rejects.toMatchObject({ code: 'module.invalid', message: expect.stringContaining('not finished loading') });
  });

  it('is loaded anew when the file has changed', async () => {
    await loadExport(directory, './handlers/ok.ts#double');
    await write('workflow/handlers/ok.ts', 'export const double = (n: number): number => n * 20;\n');
    expect((await loadExport(directory, './handlers/ok.ts#double'))(4)).toBe(80);
  });

  it('is loaded from a directory that is itself reached through a link', async () => {
    await symlink(directory, join(base, 'alias'));
    expect((await loadExport(join(base, 'alias'), './handlers/ok.ts#double'))(4)).toBe(8);
  });

  it.each([
    './../outside.ts#f',
    './handlers/../../outside.ts#f',
    './handlers/link.ts#f',
    './linked/outside.ts#f',
    './../missing.ts#f',
    './../missing',
    './.git/hooks.ts#f',
    './.GIT/none.ts#f',
    './handlers/hidden.ts#f',
    './handlers\\ok.ts#f',
    './#f',
  ])('is refused outside the directory: %s', async (reference) => {
    await write('outside.ts', 'export const f = () => 1;\n');
    await write('workflow/.git/hooks.ts', 'export const f = () => 1;\n');
    await symlink(join(base, 'outside.ts'), join(directory, 'handlers/link.ts'));
    await symlink('../.git/hooks.ts', join(directory, 'handlers/hidden.ts'));
    await symlink(base, join(directory, 'linked'));
    const failure = await loadExport(directory, reference).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'manifest.module_not_allowed' });
    expect(String(failure)).not.toContain(base);
  });

  it.each([
    ['./handlers/none.ts#f', 'handlers/none.ts is not there.'],
    ['./handlers/ok.ts#triple', 'handlers/ok.ts exports no function triple; its functions are: double.'],
    ['./handlers/ok.ts#limit', 'handlers/ok.ts exports limit, which is not a function; its functions are: double.'],
    ['./handlers/ok.ts#toString', 'handlers/ok.ts exports no function toString; its functions are: double.'],
    ['./handlers/folder.ts#f', 'handlers/folder.ts cannot be read.'],
    ['./handlers#f', '"./handlers#f" names no export: expected ./path/to/file.ts#name.'],
    ['./handlers/ok.json#f', '"./handlers/ok.json#f" names no export: expected ./path/to/file.ts#name.'],
    ['./handlers/ok.ts#', '"./handlers/ok.ts#" names no export: expected ./path/to/file.ts#name.'],
    ['node:child_process#execSync', '"node:child_process#execSync" names no export: expected ./path/to/file.ts#name.'],
    ['/etc/passwd#f', '"/etc/passwd#f" names no export: expected ./path/to/file.ts#name.'],
    ['file:///x.ts#f', '"file:///x.ts#f" names no export: expected ./path/to/file.ts#name.'],
    ['./handlers/ok.ts', '"./handlers/ok.ts" names no export: expected ./path/to/file.ts#name.'],
  ])('that cannot be had is refused: %s', async (reference, message) => {
    await mkdir(join(directory, 'handlers/folder.ts'));
    await expect(loadExport(directory, reference)).rejects.toMatchObject({ code: 'module.invalid', message });
  });

  it.each([
    ['throws', 'throw new Error("no luck");\nexport const f = () => 1;\n'],
    ['syntax', 'export const f = ( => 1;\n'],
    ['import', 'import { x } from "./nothing.ts";\nexport const f = () => x;\n'],
    ['import-beside', 'import { x } from "../../beside/nothing.ts";\nexport const f = () => x;\n'],
    ['url', 'throw new Error("see " + import.meta.url + " or " + import.meta.filename);\n'],
    ['strange', 'throw Object.create(null);\n'],
  ])('whose module does not load is refused with the file’s name and no machine path or stack: %s', async (name, text) => {
    await write(`workflow/handlers/${name}.ts`, text);
    const loading = loadExport(directory, `./handlers/${name}.ts#f`);
    await expect(loading).rejects.toMatchObject({ code: 'module.invalid' });
    const message = await loading.catch((thrown: Error) => thrown.message);
    expect(message).toContain(`handlers/${name}.ts does not load: `);
    expect(message).not.toContain(base);
    expect(message).not.toMatch(/\n|^\s+at /);
  });
});
