import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { EspalierError, faultOf, type ProviderCredential } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { inFile, inVariable, key, keyPieces, temporaryPlace } from './credentials.fixture.ts';
import { dangerOf } from './private-file.ts';
import { type CredentialSources, resolveCredential } from './resolve-credential.ts';

async function revealed(credential: ProviderCredential, sources: CredentialSources): Promise<string> {
  return (await resolveCredential(credential, sources)).reveal();
}

/** The error, after looking into every corner of it for the key. */
async function refusal(credential: ProviderCredential, sources: CredentialSources): Promise<EspalierError> {
  const thrown: unknown = await resolveCredential(credential, sources).catch((error: unknown) => error);
  if (!(thrown instanceof EspalierError)) throw new Error('not refused', { cause: thrown });
  const said = [inspect(thrown, { depth: 20, showHidden: true }), JSON.stringify([thrown, faultOf(thrown)]), String(thrown.stack)].join();
  for (const piece of keyPieces) expect(said).not.toContain(piece);
  return thrown;
}

describe('ENG-C a credential in a variable', () => {
  it.each([key, `${key}\n`, `${key}\r\n`])('is its text without the line end', async (value) => {
    await using place = await temporaryPlace({ KEY: value });
    expect(await revealed(inVariable('KEY'), place.sources)).toBe(key);
  });

  it('that is not set is missing, and the message names the variable', async () => {
    await using place = await temporaryPlace();
    const error = await refusal(inVariable('KEY'), place.sources);
    expect(error).toMatchObject({ code: 'credential.missing', message: expect.stringContaining('environment variable KEY is not set') });
    expect(error.details).toEqual({ credential: 'main', provider: 'anthropic', source: 'env', name: 'KEY' });
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['a line end alone', '\n', 'is empty'],
    ['a space', `${key} `, 'a space or line break'],
    ['a second line', `${key}\nmore\n`, 'a space or line break'],
    ['two line ends', `${key}\n\n`, 'a space or line break'],
    ['a space that does not break', `${key}\u00a0`, 'a space or line break'],
    ['NUL', `${key}\0`, 'a control or invisible character'],
    ['a control character', `${key}\u001b[2J`, 'a control or invisible character'],
    ['an invisible character', `\u200b${key}`, 'a control or invisible character'],
    ['half a character', `${key}\ud800`, 'a control or invisible character'],
    ['more than any key has', key.repeat(4000), 'more than 65536 bytes'],
  ])('that holds %s is invalid', async (_, value, message) => {
    await using place = await temporaryPlace({ KEY: value });
    const error = await refusal(inVariable('KEY'), place.sources);
    expect(error.code).toBe('credential.invalid');
    expect(error.message).toContain(`the environment variable KEY ${message.startsWith('is') ? '' : 'holds '}${message}`);
  });
});

describe('ENG-C a credential in a file', () => {
  it('is its text without the line end, from the workflow’s directory, the home directory or anywhere', async () => {
    await using place = await temporaryPlace();
    const absolute = await place.file('secrets/key', `${key}\n`);
    await writeFile(join(place.home, 'key.txt'), key, { mode: 0o600 });
    for (const path of ['secrets/key', './secrets/key', '../workflow/secrets/key', absolute, '~/key.txt']) {
      expect(await revealed(inFile(path), place.sources)).toBe(key);
    }
  });

  it('may begin with a byte-order mark, as some editors write it', async () => {
    await using place = await temporaryPlace();
    await place.file('key.txt', `\uFEFF${key}`);
    expect(await revealed(inFile('key.txt'), place.sources)).toBe(key);
  });

  it('is read anew each time', async () => {
    await using place = await temporaryPlace();
    await place.file('key.txt', 'first');
    expect(await revealed(inFile('key.txt'), place.sources)).toBe('first');
    await place.file('key.txt', 'second');
    expect(await revealed(inFile('key.txt'), place.sources)).toBe('second');
  });

  it.each(['key.txt', 'missing/key.txt', 'file/key.txt'])('that is not there is missing: %s', async (path) => {
    await using place = await temporaryPlace();
    await place.file('file', key);
    const error = await refusal(inFile(path), place.sources);
    expect(error.code).toBe('credential.missing');
    expect(error.message).toContain(`there is no file ${join(place.directory, path)}. Write the secret there`);
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o610])('with mode %o is unsafe, with the command that helps', async (mode) => {
    await using place = await temporaryPlace();
    const path = await place.file('key.txt', key, mode);
    const error = await refusal(inFile('key.txt'), place.sources);
    expect(error.code).toBe('credential.unsafe_file');
    expect(error.message).toContain(`(mode 0${mode.toString(8)}). Run: chmod 600 ${path}`);
  });

  it.each([0o600, 0o400, 0o700])('with mode %o is read', async (mode) => {
    await using place = await temporaryPlace();
    await place.file('key.txt', key, mode);
    expect(await revealed(inFile('key.txt'), place.sources)).toBe(key);
  });

  it('behind a link counts by the file that the link leads to', async () => {
    await using place = await temporaryPlace();
    const target = await place.file('real/key.txt', key, 0o644);
    await symlink(target, join(place.directory, 'link.txt'));
    expect((await refusal(inFile('link.txt'), place.sources)).code).toBe('credential.unsafe_file');
    await chmod(target, 0o600);
    expect(await revealed(inFile('link.txt'), place.sources)).toBe(key);
  });

  it('behind links that lead in a circle is refused', async () => {
    await using place = await temporaryPlace();
    await symlink('loop.txt', join(place.directory, 'loop.txt'));
    expect((await refusal(inFile('loop.txt'), place.sources)).message).toContain('ELOOP');
  });

  it('that is a pipe, a socket, a device or a directory is refused at once', async () => {
    await using place = await temporaryPlace();
    const at = (name: string) => join(place.directory, name);
    execFileSync('mkfifo', ['-m', '600', at('pipe.txt')]);
    await mkdir(at('folder.d'), { mode: 0o700 });
    await symlink(at('pipe.txt'), at('link.txt'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket.s'), resolve));
    for (const path of ['pipe.txt', 'link.txt', 'folder.d', 'socket.s', '/dev/zero']) {
      const error = await refusal(inFile(path), place.sources);
      expect(error).toMatchObject({ code: 'credential.invalid', message: expect.stringContaining('is not a regular file') });
    }
    await new Promise((resolve) => server.close(resolve));
  });

  it('of 10 MB, or with one byte too many, is refused; of the limit it is read', async () => {
    await using place = await temporaryPlace();
    await truncate(await place.file('large.txt', key), 10_000_000);
    expect((await refusal(inFile('large.txt'), place.sources)).message).toContain('more than 65536 bytes');
    await place.file('over.txt', 'k'.repeat(65_537));
    expect((await refusal(inFile('over.txt'), place.sources)).code).toBe('credential.invalid');
    await place.file('limit.txt', 'k'.repeat(65_536));
    expect(await revealed(inFile('limit.txt'), place.sources)).toHaveLength(65_536);
  });

  it.runIf(existsSync('/proc/kallsyms'))('that is longer than its size says is read no further than the limit', async () => {
    await using place = await temporaryPlace();
    // Files of the kernel say that they are empty.
    const sources = { ...place.sources, user: undefined };
    const error = await refusal(inFile('/proc/kallsyms'), sources);
    expect(error).toMatchObject({ code: 'credential.invalid', message: expect.stringContaining('more than 65536 bytes') });
  });

  it('that is not UTF-8 is invalid', async () => {
    await using place = await temporaryPlace();
    await place.file('key.txt', Buffer.concat([Buffer.from(key), Buffer.from([0xff, 0xfe])]));
    const error = await refusal(inFile('key.txt'), place.sources);
    expect(error).toMatchObject({ code: 'credential.invalid', message: expect.stringContaining('not text in UTF-8') });
  });

  it('that holds spaces, when nothing says at which key to look, says so', async () => {
    await using place = await temporaryPlace();
    await place.file('keys.json', `{ "key": "${key}" }`);
    const error = await refusal(inFile('keys.json'), place.sources);
    expect(error.message).toMatch(/read as a whole, since there is no file_key\) holds a space/);
  });

  it('is not checked for owner and mode where files have none', async () => {
    await using place = await temporaryPlace();
    await place.file('key.txt', key, 0o644);
    expect(await revealed(inFile('key.txt'), { ...place.sources, user: undefined })).toBe(key);
  });

  it('that was replaced by a link keeps to the rights of what is opened', async () => {
    await using place = await temporaryPlace();
    await place.file('key.txt', key);
    const shared = await place.file('shared.txt', key, 0o666);
    await symlink(shared, join(place.directory, 'new.txt'));
    await rename(join(place.directory, 'new.txt'), join(place.directory, 'key.txt'));
    expect((await refusal(inFile('key.txt'), place.sources)).code).toBe('credential.unsafe_file');
  });
});

describe('ENG-C the rights of a file', () => {
  it('are those of the user or of root, and of nobody else', () => {
    expect(dangerOf({ mode: 0o100600, uid: 1000 }, '/k', 1000)).toBeUndefined();
    expect(dangerOf({ mode: 0o100400, uid: 0 }, '/k', 1000)).toBeUndefined();
    expect(dangerOf({ mode: 0o100600, uid: 1001 }, '/k', 1000)).toContain('belongs to another user (uid 1001)');
    expect(dangerOf({ mode: 0o100600, uid: 1001 }, '/k', 0)).toContain('belongs to another user');
  });

  it('are advised upon with a path that a shell takes as one word', () => {
    expect(dangerOf({ mode: 0o644, uid: 0 }, '/k; rm -rf ~', 0)).toContain("Run: chmod 600 '/k; rm -rf ~'");
    expect(dangerOf({ mode: 0o644, uid: 0 }, "/k'$(id)'", 0)).toContain(`Run: chmod 600 '/k'\\''$(id)'\\'''`);
  });

  it.runIf(process.getuid?.() === 0)('of another user’s file are refused even to root', async () => {
    await using place = await temporaryPlace();
    await chown(await place.file('key.txt', key), 65_534, 65_534);
    expect((await refusal(inFile('key.txt'), place.sources)).code).toBe('credential.unsafe_file');
  });

  it.runIf(process.getuid?.() === 0)('of root’s file are accepted from another user', async () => {
    await using place = await temporaryPlace();
    await place.file('key.txt', key);
    expect(await revealed(inFile('key.txt'), { ...place.sources, user: 1000 })).toBe(key);
  });
});
