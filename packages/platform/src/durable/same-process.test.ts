import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEvent } from '@espalier/core';
import { openStore } from '@espalier/store';
import { cuttableLine } from '@espalier/store/testing';
import { expect, it } from 'vitest';
import { describeDatabasePlatforms, describeSharedPlatforms, type PlatformUnderTest } from '../testing/describe-platforms.ts';

const chain = (work: string) => `
id: chain
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: work, kind: deterministic, role: linear, ${work} }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: work }, { from: work, to: end }]
`;

const untilFile = `
import { existsSync, appendFileSync } from 'node:fs';
export async function work(input, { signal }) {
  appendFileSync(input.log, 'x');
  signal.addEventListener('abort', () => appendFileSync(input.log, 'a'));
  while (!existsSync(input.file)) await new Promise((resolve) => setTimeout(resolve, 10));
  return { done: true };
}`;

/** Runs with a node that is under way until a file is there, and logs that it began and that it was aborted. */
function waitingRuns(at: PlatformUnderTest) {
  return {
    flow: (more = '') => at.workflow(chain(`handler: ./work.mjs#work${more}`), { 'work.mjs': untilFile }),
    files: () => ({ input: { file: join(at.root, 'go'), log: join(at.root, 'log') } }),
    log: () => readFile(join(at.root, 'log'), 'utf8').catch(() => ''),
  };
}

await describeDatabasePlatforms('S13 a run that this process drives', (at) => {
  const { flow, files, log } = waitingRuns(at);

  it('is not taken from itself: resuming it here is refused, and it goes on', async () => {
    const open = await at.platform.open(await flow());
    const handle = await open.run(files());
    await expect.poll(log).toBe('x');
    const again = await Promise.allSettled([open.resume(handle.run), open.resume(handle.run)]);
    await writeFile(join(at.root, 'go'), '');
    expect(await handle.ended.catch((e) => e)).toMatchObject({ outcome: 'success' });
    expect(again.map((one) => (one.status === 'rejected' ? one.reason.code : 'taken'))).toEqual(['journal.locked', 'journal.locked']);
    expect(await log()).toBe('x');
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  });

  it('is resumed once if that is asked for twice at once', async () => {
    const directory = await flow(', idempotent: true');
    const first = await (await at.platform.open(directory)).run(files());
    await expect.poll(log).toBe('x');
    await at.platform.close();
    const open = await (await at.open()).open(directory);
    const again = await Promise.allSettled([open.resume(first.run), open.resume(first.run)]);
    expect(again.map((one) => (one.status === 'rejected' ? one.reason.code : 'taken')).sort()).toEqual(['journal.locked', 'taken']);
    await expect.poll(log).toBe('xax');
  });

  it('is cancelled through the platform as through its handle', async () => {
    const handle = await (await at.platform.open(await flow())).run(files());
    await expect.poll(log).toBe('x');
    expect(['running', 'cancelled']).toContain(await at.platform.cancel(handle.run, 'enough'));
    expect(await handle.ended.catch((e) => e)).toMatchObject({ status: 'cancelled', reason: 'enough' });
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  });

  it('of which a working platform has a handle: closing the platform settles it, and watches no more', async () => {
    at.platform.work({ drainMs: 0 });
    const handle = await (await at.platform.open(await flow())).run(files());
    await expect.poll(log).toBe('x');
    await at.platform.close();
    const settled = Promise.race([handle.ended.catch((e) => e), new Promise((r) => setTimeout(() => r('never'), 3000))]);
    expect(await settled).toMatchObject({ code: 'run.stopped' });
  });

  it('of which an observer throws goes on', async () => {
    at.platform.work({ drainMs: 0 });
    await writeFile(join(at.root, 'go'), '');
    const seen: JournalEvent[] = [];
    const observe = (event: JournalEvent) => {
      seen.push(event);
      throw new Error('not the concern of the run');
    };
    const handle = await (await at.platform.open(await flow())).run({ ...files(), observe });
    expect(await handle.ended.catch((e) => e)).toMatchObject({ outcome: 'success' });
    expect(seen.at(-1)?.type).toBe('run.completed');
  });
});

await describeSharedPlatforms('S13 a run that this process drives, in bad surroundings', (at) => {
  const { flow, files, log } = waitingRuns(at);

  it('and lost and got again without noticing is driven once: what was under way is stopped first', async () => {
    at.platform.work({ pollMs: 50 });
    const open = await at.platform.open(await flow(', idempotent: true'));
    const handle = await open.run(files());
    await expect.poll(log).toBe('x');
    const { databaseUrl: url = '', tenant = '' } = at.options;
    const other = await openStore({ location: { url } });
    await other.system().ownership.release({ tenant, run: handle.run, epoch: 1 });
    await other.close();
    await expect.poll(log).toBe('xax');
    await writeFile(join(at.root, 'go'), '');
    expect(await handle.ended).toMatchObject({ outcome: 'success' });
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  });

  it('keeps what it performed while the database was away', async () => {
    const line = await cuttableLine(at.options.databaseUrl ?? '');
    const platform = await at.open({ databaseUrl: line.url });
    const handle = await (await platform.open(await flow())).run(files());
    await expect.poll(log).toBe('x');
    line.interrupt();
    await writeFile(join(at.root, 'go'), '');
    await new Promise((resolve) => setTimeout(resolve, 500));
    line.restore();
    expect(await handle.ended).toMatchObject({ outcome: 'success', output: { done: true } });
    expect(await log()).toBe('x');
    await line.close();
  });
});
