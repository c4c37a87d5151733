import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Prepare } from './create-directory.ts';
import { examineDirectory } from './examine-directory.ts';
import { openEmbedded } from './open-embedded.ts';
import { pgliteFormat } from './pglite-options.ts';
import { end, reportOf, startOpening } from './second-process.fixture.ts';
import { buildTemplate } from './template.ts';

const prepare: Prepare = async (pglite) =>
  void (await pglite.exec('create table note (id bigint primary key); insert into note values (1)'));
const isRoot = process.getuid?.() === 0;

let templates: string;
let template: string;
beforeAll(async () => {
  templates = await mkdtemp(join(tmpdir(), 'espalier-templates-'));
  template = await buildTemplate({ key: 'notes', prepare, root: templates });
});
afterAll(() => rm(templates, { recursive: true }));

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-embedded-'));
  directory = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true }));

describe('an embedded database', () => {
  it('is made once from the template and keeps what was written', async () => {
    const first = await openEmbedded({ directory, template, prepare });
    await first.pglite.query('insert into note values ($1)', ['9007199254740993']);
    await first.close();
    const again = await openEmbedded({ directory, template, prepare });
    expect([first.isNew, again.isNew]).toEqual([true, false]);
    expect((await again.pglite.query('select id from note order by id')).rows).toEqual([{ id: '1' }, { id: '9007199254740993' }]);
    await again.close();
    expect(await readdir(root)).toEqual(['data']);
  });

  it('is made without a template too, in an empty directory, for its owner alone', async () => {
    await mkdir(directory);
    const { pglite, isNew, close } = await openEmbedded({ directory, prepare });
    expect(isNew).toBe(true);
    expect((await pglite.query('select id from note')).rows).toEqual([{ id: '1' }]);
    await close();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('has the format that we say this PGlite has', async () => {
    expect((await readFile(join(template, 'PG_VERSION'), 'utf8')).trim()).toBe(pgliteFormat.version);
    const { control: format, catalog } = pgliteFormat;
    expect(await examineDirectory(template)).toMatchObject({ format, catalog, closed: true, sound: true });
  });

  it('leaves nothing behind when it cannot be prepared', async () => {
    const failing = openEmbedded({ directory, prepare: () => Promise.reject(new Error('no such schema')) });
    await expect(failing).rejects.toMatchObject({ code: 'storage.failed', cause: { message: 'no such schema' } });
    expect(await readdir(root)).toEqual([]);
  });

  it('is refused to the same process a second time', async () => {
    const { close } = await openEmbedded({ directory, template, prepare });
    const second = openEmbedded({ directory, template, prepare });
    await expect(second).rejects.toMatchObject({ code: 'database.locked', message: expect.stringContaining('this process has it open') });
    await close();
    await (await openEmbedded({ directory, template, prepare })).close();
  });
});

describe('an embedded database between processes (S14)', () => {
  it('is refused to a second one, which is told whom to stop', async () => {
    const child = startOpening(directory, { template: [template] });
    await reportOf(child);
    const failure = await openEmbedded({ directory, template, prepare }).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'database.locked', details: { pid: child.pid } });
    expect(String(failure)).toMatch(new RegExp(`process ${child.pid} .* set DATABASE_URL`));
    await end(child);
    await (await openEmbedded({ directory, template, prepare })).close();
  });

  it('of a killed process opens again with what was committed', async () => {
    const child = startOpening(directory, { template: [template] });
    await reportOf(child);
    await end(child, 'SIGKILL');
    const { pglite, isNew, close } = await openEmbedded({ directory, template, prepare });
    expect(isNew).toBe(false);
    expect((await pglite.query('select id from note')).rows).toEqual([{ id: '1' }]);
    await close();
  });

  it.each([
    ['from a template', () => [template], 500],
    ['from nothing', () => [], 4000],
  ] as const)('opens after first boots %s that were killed at any instant', async (_, origin, longest) => {
    for (let round = 0; round < 5; round += 1) {
      const place = join(root, String(round));
      const child = startOpening(place, { template: [...origin()] });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
      await end(child, 'SIGKILL');
      const { pglite, close } = await openEmbedded({ directory: place, template, prepare });
      expect((await pglite.query('select id from note')).rows).toEqual([{ id: '1' }]);
      await close();
    }
    expect((await readdir(root)).sort()).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('where there is no room or no right', () => {
  it.runIf(isRoot && process.platform === 'linux')('a full disk is said to be full, and nothing half-made is left', async (context) => {
    const small = join(root, 'small');
    await mkdir(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]).status !== 0)
      return context.skip('this machine mounts nothing');
    try {
      const opening = openEmbedded({ directory: join(small, 'data'), template, prepare });
      await expect(opening).rejects.toMatchObject({ code: 'storage.failed', message: expect.stringMatching(/no space is left .*ENOSPC/) });
      expect(await readdir(small)).toEqual([]);
    } finally {
      spawnSync('umount', [small]);
    }
  });

  it.runIf(process.platform === 'linux')('a limit on the size of files is named, and nothing half-made is left', async () => {
    const { stdout } = spawnSync(
      'prlimit',
      ['--fsize=500000', process.execPath, join(import.meta.dirname, 'open-database.fixture.ts'), directory, template],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(stdout)).toMatchObject({ code: 'storage.failed', message: expect.stringContaining('EFBIG') });
    expect(await readdir(root)).toEqual([]);
  });

  it('a directory that this user may not read is left alone', async () => {
    await writeFile(join(root, 'beside'), '');
    await mkdir(directory, { mode: 0o000 });
    await chmod(root, 0o777);
    const child = startOpening(directory, isRoot ? { uid: 65_534, gid: 65_534 } : {});
    expect(await reportOf(child)).toMatchObject({ code: 'storage.failed', message: expect.stringContaining('permission denied (EACCES)') });
    await end(child);
    expect((await readdir(root)).sort()).toEqual(['beside', 'data']);
  });
});
