import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxFileBytes, readWorkspaceFile, writeWorkspaceFile } from './workspace-files.ts';
import { listWorkspaceFiles, maxListedFiles } from './workspace-listing.ts';
import type { Workspace } from './workspace-location.ts';

let top: string;
let directory: string;
let workspace: Workspace;
beforeEach(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'espalier-workspace-')));
  directory = join(top, 'workspace');
  workspace = { directory, root: '.' };
  await mkdir(join(directory, 'docs'), { recursive: true });
  await mkdir(join(top, 'outside'));
  await writeFile(join(top, 'outside', 'secret.txt'), 'secret');
  await writeFile(join(directory, 'notes.md'), 'notes');
});
afterEach(() => rm(top, { recursive: true }));

const inside = (...names: string[]) => join(directory, ...names);
const outsidePath = (...names: string[]) => join(top, 'outside', ...names);
const read = async (path: string, root = '.') => (await readWorkspaceFile({ directory, root }, path)).toString();
const write = (path: string, content = 'new', mode: 'create' | 'overwrite' = 'overwrite') =>
  writeWorkspaceFile(workspace, { path, content: Buffer.from(content) }, { mode });
const list = async (path = '.', recursive = true) => (await listWorkspaceFiles(workspace, path, recursive)).files.map((file) => file.path);
const withCode = (code: string) => expect.objectContaining({ code });

describe('reading', () => {
  it('gives the bytes of a file', async () => {
    expect(await read('./notes.md')).toBe('notes');
    await writeFile(inside('docs', 'a.md'), 'a');
    expect(await read('a.md', 'docs')).toBe('a');
  });

  it.each(['missing.md', 'missing/a.md', 'notes.md/a.md'])('says that there is nothing at %s', async (path) => {
    await expect(read(path)).rejects.toEqual(withCode('path.not_found'));
  });

  it('says so when the workspace itself does not exist, without its path', async () => {
    const failure = await readWorkspaceFile({ directory: join(top, 'gone'), root: '.' }, 'a').catch((thrown: unknown) => thrown);
    expect(failure).toEqual(withCode('path.not_found'));
    expect(String(failure)).not.toContain(top);
  });

  it('refuses directories and files above the limit', async () => {
    await expect(read('docs')).rejects.toEqual(withCode('tool.failed'));
    await expect(read('.')).rejects.toEqual(withCode('tool.failed'));
    await writeFile(inside('big'), '');
    await truncate(inside('big'), maxFileBytes + 1);
    await expect(read('big')).rejects.toThrow(/more than the limit/);
    await truncate(inside('big'), maxFileBytes);
    expect(await readWorkspaceFile(workspace, 'big')).toHaveLength(maxFileBytes);
  });

  it.skipIf(process.platform === 'win32')('refuses pipes, sockets and devices without waiting for them', async () => {
    execFileSync('mkfifo', [inside('pipe')]);
    const server = createServer().listen(inside('socket'));
    await symlink('/dev/zero', inside('device'));
    await expect(read('pipe')).rejects.toThrow(/not a regular file/);
    await expect(read('socket')).rejects.toThrow(/not a regular file/);
    await expect(read('device')).rejects.toEqual(withCode('path.outside_workspace'));
    await expect(write('pipe')).rejects.toThrow(/not a regular file/);
    expect((await lstat(inside('pipe'))).isFIFO()).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('links (TOOL-3)', () => {
  it('that stay inside are followed', async () => {
    await symlink('../notes.md', inside('docs', 'link.md'));
    await symlink('docs', inside('papers'));
    expect(await read('docs/link.md')).toBe('notes');
    await write('papers/new.md', 'through the link');
    expect(await readFile(inside('docs', 'new.md'), 'utf8')).toBe('through the link');
    await write('docs/link.md', 'changed');
    expect(await readFile(inside('notes.md'), 'utf8')).toBe('changed');
    expect((await lstat(inside('docs', 'link.md'))).isSymbolicLink()).toBe(true);
  });

  it.each([
    ['a file', 'leak', 'leak', '../outside/secret.txt'],
    ['a file by an absolute path', 'leak', 'leak', '/etc/passwd'],
    ['a directory on the way', 'leak', 'leak/secret.txt', '../outside'],
    ['a directory on the way to something new', 'leak', 'leak/new/file.txt', '../outside'],
    ['something that does not exist yet', 'leak', 'leak', '../outside/new.txt'],
    ['a file whose name only begins like the workspace', 'leak', 'leak', '../workspace-2'],
    ['itself', 'leak', 'leak', 'leak'],
  ])('that lead outside, to %s, are refused', async (_what, name, path, target) => {
    await writeFile(join(top, 'workspace-2'), 'secret');
    await symlink(target, inside(name));
    await expect(read(path)).rejects.toEqual(withCode('path.outside_workspace'));
    await expect(write(path)).rejects.toEqual(withCode('path.outside_workspace'));
    expect(await readdir(outsidePath())).toEqual(['secret.txt']);
    expect(await readFile(outsidePath('secret.txt'), 'utf8')).toBe('secret');
  });

  it('that lead out of the root of a tool are refused, even into the same workspace', async () => {
    await symlink('../notes.md', inside('docs', 'up.md'));
    await expect(read('up.md', 'docs')).rejects.toEqual(withCode('path.outside_workspace'));
    await symlink('../outside', inside('root'));
    await expect(read('secret.txt', 'root')).rejects.toEqual(withCode('path.outside_workspace'));
  });

  it('that lead to a protected directory are refused', async () => {
    await mkdir(inside('.git'));
    await writeFile(inside('.git', 'config'), 'token');
    await symlink('.git', inside('innocent'));
    await expect(read('innocent/config')).rejects.toEqual(withCode('path.outside_workspace'));
    await expect(write('innocent/hooks/pre-commit')).rejects.toEqual(withCode('path.outside_workspace'));
  });

  it.runIf(process.platform === 'linux')('that appear while files are read and written never lead outside', async () => {
    await mkdir(inside('swap'));
    await writeFile(inside('swap', 'secret.txt'), 'harmless');
    const seen = new Set<string>();
    let done = false;
    const swapping = (async () => {
      for (let round = 0; !done; round += 1) {
        await swapForLink(inside('swap'), inside('aside'), '../outside');
        await setTimeout(round % 4);
      }
    })();
    for (let round = 0; round < 250; round += 1) {
      seen.add(await read('swap/secret.txt').catch((thrown: { code: string }) => thrown.code));
      await write('swap/planted.txt').catch(() => undefined);
    }
    done = true;
    await swapping;
    expect([...seen]).not.toContain('secret');
    expect(await readdir(outsidePath())).toEqual(['secret.txt']);
    // Otherwise the race did not take place.
    expect(seen).toContain('harmless');
    expect(seen.size).toBeGreaterThan(1);
  });
});

/** Puts a link in the place of a directory for a moment. A writer may make a directory of that name while there is none. */
async function swapForLink(path: string, aside: string, target: string): Promise<void> {
  await rename(path, aside);
  await symlink(target, path).catch(() => undefined);
  for (let restored = false; !restored; ) {
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
    restored = await rename(aside, path).then(
      () => true,
      () => false,
    );
  }
}

describe('writing', () => {
  it('makes missing directories and says whether the file is new', async () => {
    expect(await write('a/b/c.md', 'one')).toEqual({ created: true });
    expect(await write('a/b/c.md', 'two')).toEqual({ created: false });
    expect(await readFile(inside('a', 'b', 'c.md'), 'utf8')).toBe('two');
    expect(await readdir(inside('a', 'b'))).toEqual(['c.md']);
  });

  it('makes the root of a tool when it does not exist yet', async () => {
    await writeWorkspaceFile({ directory, root: 'fresh/root' }, { path: 'a.md', content: Buffer.from('a') }, { mode: 'create' });
    expect(await readFile(inside('fresh', 'root', 'a.md'), 'utf8')).toBe('a');
  });

  it('in mode create leaves an existing file alone, also when several try at once', async () => {
    await expect(write('notes.md', 'new', 'create')).rejects.toThrow(/exists already/);
    expect(await readFile(inside('notes.md'), 'utf8')).toBe('notes');
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => write('fresh.md', `${index}`, 'create')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(directory)).toEqual(['docs', 'fresh.md', 'notes.md']);
  });

  it('never shows a reader half a file', async () => {
    const contents = ['a'.repeat(300_000), 'b'.repeat(200_000)];
    await write('shared.md', contents[0]);
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) await write('shared.md', contents[round % 2]);
    })();
    for (let round = 0; round < 40; round += 1) expect(contents).toContain(await readFile(inside('shared.md'), 'utf8'));
    await writing;
  });

  it('keeps the permissions of the file and breaks no hard link outside', async () => {
    await chmod(inside('notes.md'), 0o640);
    await link(outsidePath('secret.txt'), inside('hard'));
    await write('notes.md');
    await write('hard', 'overwritten');
    expect((await stat(inside('notes.md'))).mode & 0o777).toBe(0o640);
    expect(await readFile(outsidePath('secret.txt'), 'utf8')).toBe('secret');
  });

  it.each(['docs', '.', 'notes.md/below.md'])('refuses %s, which is no place for a file', async (path) => {
    await expect(write(path)).rejects.toEqual(withCode('tool.failed'));
  });

  it('refuses content above the limit', async () => {
    await expect(write('big.md', 'x'.repeat(maxFileBytes + 1))).rejects.toEqual(withCode('tool.failed'));
  });

  it('changes nothing once it is aborted', async () => {
    const aborted = { mode: 'overwrite', signal: AbortSignal.abort(new Error('stop')) } as const;
    await expect(writeWorkspaceFile(workspace, { path: 'notes.md', content: Buffer.from('new') }, aborted)).rejects.toThrow('stop');
    expect(await readdir(directory)).toEqual(['docs', 'notes.md']);
    expect(await readFile(inside('notes.md'), 'utf8')).toBe('notes');
  });
});

describe('listing', () => {
  it('names regular files in the order of their paths, relative to the root', async () => {
    for (const path of ['a/z.md', 'a.md', 'a-b.md', 'a/b/c.md', 'B.md']) await write(path);
    expect(await list()).toEqual(['B.md', 'a-b.md', 'a.md', 'a/b/c.md', 'a/z.md', 'notes.md']);
    expect(await list('.', false)).toEqual(['B.md', 'a-b.md', 'a.md', 'notes.md']);
    expect(await list('a')).toEqual(['a/b/c.md', 'a/z.md']);
    expect(await listWorkspaceFiles({ directory, root: 'a' }, '.', false)).toEqual({
      files: [{ path: 'z.md', size: 3 }],
      truncated: false,
    });
  });

  it('leaves out links, special files and protected directories', async () => {
    await symlink('../outside', inside('leak'));
    await symlink('notes.md', inside('link.md'));
    await symlink('.', inside('docs', 'circle'));
    for (const name of ['.git', '.Espalier']) {
      await mkdir(inside(name));
      await writeFile(inside(name, 'config'), 'x');
    }
    expect(await list()).toEqual(['notes.md']);
  });

  it('is bounded, and says when there is more', async () => {
    await mkdir(inside('many'));
    await Promise.all(Array.from({ length: maxListedFiles + 5 }, (_, index) => writeFile(inside('many', `${index}`), '')));
    const listing = await listWorkspaceFiles(workspace, 'many', true);
    expect(listing.files).toHaveLength(maxListedFiles);
    expect(listing.truncated).toBe(true);
  });

  it('refuses what is no directory or leads outside', async () => {
    await symlink('../outside', inside('leak'));
    await expect(list('missing')).rejects.toEqual(withCode('path.not_found'));
    await expect(list('notes.md')).rejects.toEqual(withCode('tool.failed'));
    await expect(list('leak')).rejects.toEqual(withCode('path.outside_workspace'));
    await expect(list('..')).rejects.toEqual(withCode('path.outside_workspace'));
  });
});
