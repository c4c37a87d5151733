import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEvent } from '@espalier/core';
import { expect, it } from 'vitest';
import { describeDatabasePlatforms } from '../testing/describe-platforms.ts';

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
export async function work(input) {
  appendFileSync(input.log, 'x');
  while (!existsSync(input.file)) await new Promise((resolve) => setTimeout(resolve, 10));
  return { done: true };
}`;

await describeDatabasePlatforms('S13 a run that this process drives', (at) => {
  const flow = () => at.workflow(chain('handler: ./work.mjs#work'), { 'work.mjs': untilFile });
  const files = () => ({ input: { file: join(at.root, 'go'), log: join(at.root, 'log') } });
  const log = () => readFile(join(at.root, 'log'), 'utf8').catch(() => '');

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
    const directory = await flow();
    const first = await (await at.platform.open(directory)).run(files());
    await expect.poll(log).toBe('x');
    await first.pause();
    await at.platform.close();
    const after = await at.open();
    await writeFile(join(at.root, 'go'), '');
    const open = await after.open(directory);
    const again = await Promise.allSettled([open.resume(first.run), open.resume(first.run)]);
    expect(again.map((one) => (one.status === 'rejected' ? one.reason.code : 'taken')).sort()).toEqual(['journal.locked', 'taken']);
  });

  it('is cancelled through the platform as through its handle', async () => {
    const handle = await (await at.platform.open(await flow())).run(files());
    await expect.poll(log).toBe('x');
    expect(['running', 'cancelled']).toContain(await at.platform.cancel(handle.run, 'enough'));
    expect(await handle.ended.catch((e) => e)).toMatchObject({ status: 'cancelled', reason: 'enough' });
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
    expect(existsSync(join(at.root, 'go'))).toBe(false);
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
