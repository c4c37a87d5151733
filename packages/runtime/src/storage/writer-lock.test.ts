import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownIdentity } from './process-identity.ts';
import { takeWriterLock } from './writer-lock.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-lock-'));
});
afterEach(() => rm(root, { recursive: true }));

const lockPath = () => join(root, 'writer.lock');
const token = '00000000-0000-4000-8000-000000000000';
const deadPid = 4_194_305; // above the largest pid that Linux gives out

describe('the writer lock', () => {
  it('of a dead owner goes to exactly one of 50 racing attempts, again and again', async () => {
    for (let round = 0; round < 10; round += 1) {
      await writeFile(lockPath(), JSON.stringify({ pid: deadPid, host: hostname(), token }));
      const attempts = await Promise.all(Array.from({ length: 50 }, () => takeWriterLock(lockPath())));
      const winners = attempts.filter((attempt) => attempt.held);
      expect(winners).toHaveLength(1);
      for (const winner of winners) await winner.release();
      expect(await readdir(root)).toEqual([]);
    }
  });

  it.each([
    ['that was cut short by a power cut', '{"pid":'],
    ['that is empty', ''],
    ['with a pid that would signal a whole group', { pid: 0, host: hostname(), token }],
  ])('%s is taken over', async (_what, content) => {
    await writeFile(lockPath(), typeof content === 'string' ? content : JSON.stringify(content));
    const attempt = await takeWriterLock(lockPath());
    expect(attempt.held).toBe(true);
    expect(JSON.parse(await readFile(lockPath(), 'utf8'))).toMatchObject(await ownIdentity());
  });

  it.runIf(process.platform === 'linux')('of a process whose pid now belongs to another one is taken over', async () => {
    await writeFile(lockPath(), JSON.stringify({ pid: process.pid, host: hostname(), started: 'another boot/1', token }));
    expect(await takeWriterLock(lockPath())).toMatchObject({ held: true });
  });

  it('is taken over although an earlier process died while taking it over', async () => {
    await writeFile(lockPath(), JSON.stringify({ pid: deadPid, host: hostname(), token }));
    await writeFile(`${lockPath()}.${token}`, JSON.stringify({ pid: deadPid, host: hostname(), token: token.replaceAll('0', '1') }));
    const attempt = await takeWriterLock(lockPath());
    expect(attempt.held).toBe(true);
    expect(await readdir(root)).toEqual(['writer.lock']);
  });

  it('of another host is respected: its processes cannot be seen from here', async () => {
    await writeFile(lockPath(), JSON.stringify({ pid: deadPid, host: 'elsewhere', token }));
    expect(await takeWriterLock(lockPath())).toMatchObject({ held: false, owner: { host: 'elsewhere' } });
  });
});
