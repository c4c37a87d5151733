import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEmbedded } from './open-embedded.ts';
import { buildTemplate } from './template.ts';

const prepare = async () => undefined;

let root: string;
let sound: string;
let directory: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-damaged-'));
  sound = await buildTemplate({ key: 'sound', prepare, root });
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  directory = join(root, 'data');
  await cp(sound, directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));

const inside = (path: string) => join(directory, path);

async function removeWal(): Promise<void> {
  const names = (await readdir(inside('pg_wal'))).filter((name) => /^[0-9A-F]{24}$/.test(name));
  for (const name of names) await rm(inside(`pg_wal/${name}`));
}

async function change(path: string, at: number, value: number): Promise<void> {
  const content = await readFile(inside(path));
  content.writeUInt32LE(value, at);
  await writeFile(inside(path), content);
}

/** Every path below `place` with the hash of its content. */
async function contentOf(place: string): Promise<string[]> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(
      async (path) =>
        `${path} ${createHash('sha256')
          .update(await readFile(path))
          .digest('hex')}`,
    ),
  );
}

describe('a directory that does not open is refused with a reason, and stays as it was', () => {
  it.each([
    ['a control file cut short', () => truncate(inside('global/pg_control'), 100), 'global/pg_control is missing or cut short'],
    ['no control file', () => rm(inside('global/pg_control')), 'global/pg_control is missing or cut short'],
    ['an overwritten control file', () => writeFile(inside('global/pg_control'), Buffer.alloc(8192)), 'global/pg_control is overwritten'],
    ['a changed control file', () => change('global/pg_control', 40, 1), 'the checksum of global/pg_control does not fit'],
    ['no WAL', removeWal, /the file pg_wal\/[0-9A-F]{24} is missing/],
    ['other files in it', async () => rm(inside('PG_VERSION')), 'PG_VERSION is missing'],
    ['a catalog cut short', () => truncate(inside('base/5/1259'), 0), 'cannot be opened'],
    ['no catalogs', () => rm(inside('base/5'), { recursive: true }), 'cannot be opened'],
    ['no configuration', () => rm(inside('postgresql.conf')), 'cannot be opened'],
  ])('%s', async (_, damage, reason) => {
    await damage();
    const before = await contentOf(directory);
    await expect(openEmbedded({ directory, prepare })).rejects.toMatchObject({
      code: 'database.corrupt',
      message: expect.stringMatching(reason),
    });
    expect(await contentOf(directory)).toEqual(before);
  });

  it.each([
    ['an older PostgreSQL', () => writeFile(inside('PG_VERSION'), '17\n'), /written by PostgreSQL 17; .* PostgreSQL 18/],
    ['another catalog', () => changeCatalog(), /catalog 202406281; .* catalog 202506291/],
  ])('one written by %s', async (_, alter, reason) => {
    await alter();
    const before = await contentOf(directory);
    await expect(openEmbedded({ directory, prepare })).rejects.toMatchObject({
      code: 'database.incompatible',
      message: expect.stringMatching(reason),
    });
    expect(await contentOf(directory)).toEqual(before);
  });

  it('a file in its place', async () => {
    await rm(directory, { recursive: true });
    await writeFile(directory, 'notes');
    await expect(openEmbedded({ directory, prepare })).rejects.toMatchObject({
      code: 'database.corrupt',
      message: expect.stringContaining('it is a file'),
    });
    expect(await readFile(directory, 'utf8')).toBe('notes');
  });

  it('but a server’s pid file that was left behind does not matter', async () => {
    await writeFile(inside('postmaster.pid'), '1\n/pglite/data\n1700000000\n5432\n\n\n\n');
    await (await openEmbedded({ directory, prepare })).close();
  });
});

/** With format 1700 the checksum has another place, so that it is not what refuses the file. */
async function changeCatalog(): Promise<void> {
  await change('global/pg_control', 8, 1700);
  await change('global/pg_control', 12, 202406281);
}
