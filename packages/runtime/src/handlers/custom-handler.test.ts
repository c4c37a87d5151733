import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadExport } from './custom-handler.ts';

let base: string;
let directory: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'custom-handler-'));
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

  it('is loaded anew when the file has changed', async () => {
    await loadExport(directory, './handlers/ok.ts#double');
    await write('workflow/handlers/ok.ts', 'export const double = (n: number): number => n * 20;\n');
    expect((await loadExport(directory, './handlers/ok.ts#double'))(4)).toBe(80);
  });

  it.each(['./../outside.ts#f', './handlers/../../outside.ts#f', './handlers/link.ts#f', './linked/outside.ts#f', './../missing.ts#f'])(
    'is refused outside the directory: %s',
    async (reference) => {
      await write('outside.ts', 'export const f = () => 1;\n');
      await symlink(join(base, 'outside.ts'), join(directory, 'handlers/link.ts'));
      await symlink(base, join(directory, 'linked'));
      await expect(loadExport(directory, reference)).rejects.toMatchObject({ code: 'manifest.module_not_allowed' });
    },
  );

  it.each([
    ['./handlers/none.ts#f', 'handlers/none.ts is not there.'],
    ['./handlers/ok.ts#triple', 'handlers/ok.ts exports no triple.'],
    ['./handlers/ok.ts#limit', 'handlers/ok.ts exports limit, which is not a function.'],
    ['./handlers#f', 'handlers cannot be read.'],
    ['/etc/passwd#f', '"/etc/passwd#f" names no export: expected ./path/to/file.ts#name.'],
    ['file:///x.ts#f', '"file:///x.ts#f" names no export: expected ./path/to/file.ts#name.'],
    ['./handlers/ok.ts', '"./handlers/ok.ts" names no export: expected ./path/to/file.ts#name.'],
  ])('that cannot be had is refused: %s', async (reference, message) => {
    await expect(loadExport(directory, reference)).rejects.toMatchObject({ code: 'module.invalid', message });
  });

  it.each([
    ['throws', 'throw new Error("no luck");\nexport const f = () => 1;\n'],
    ['syntax', 'export const f = ( => 1;\n'],
    ['import', 'import { x } from "./nothing.ts";\nexport const f = () => x;\n'],
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
