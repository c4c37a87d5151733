import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEvent } from '@espalier/core';
import { openStore } from '@espalier/store';
import { expect, it } from 'vitest';
import {
  describeDatabasePlatforms,
  describePlatforms,
  describeSharedPlatforms,
  type PlatformUnderTest,
} from '../testing/describe-platforms.ts';

const workflow = (more = '', work = 'handler: ./work.mjs#work, idempotent: true') => `
id: chain
${more}
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: work, kind: deterministic, role: linear, ${work} }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: work }, { from: work, to: end }]
`;

/** Says in a file when it began and ended, and ends when a file is there. */
const work = `
import { appendFileSync, existsSync } from 'node:fs';
export async function work({ log, file, name }) {
  appendFileSync(log, '<' + name + ' ');
  do await new Promise((resolve) => setTimeout(resolve, 5)); while (file && !existsSync(file));
  appendFileSync(log, name + '> ');
  return { name };
}`;

function scheduled(at: PlatformUnderTest, scheduler = '', more = '') {
  const files = { 'work.mjs': work, 'scheduler.yaml': `scheduler: { enabled: true${scheduler} }\n` };
  return {
    directory: () => at.workflow(workflow(more), files),
    open: async () => at.platform.open(await at.workflow(workflow(more), files)),
    input: (name: string, isHeld = false) => ({ input: { name, log: join(at.root, 'log'), file: isHeld ? join(at.root, 'go') : null } }),
    log: async () => (await readFile(join(at.root, 'log'), 'utf8').catch(() => '')).trim(),
    go: () => writeFile(join(at.root, 'go'), ''),
    statuses: async () => (await at.platform.runs(100)).runs.map((run) => ('status' in run ? run.status : run.error.code)),
  };
}

await describeDatabasePlatforms('ENG-Q runs that queue', (at) => {
  it('stand in the queue until they are driven, in the order in which they came', async () => {
    const { open, input, log, statuses } = scheduled(at);
    const chain = await open();
    const runs: string[] = [];
    for (const name of ['a', 'b', 'c']) runs.push(await chain.enqueue(input(name)));
    expect(await statuses()).toEqual(['queued', 'queued', 'queued']);
    expect(await at.platform.queues()).toMatchObject([{ workflow: 'chain', queued: 3, running: 0, limits: { maxConcurrency: 1 } }]);
    expect(await at.platform.runQueued()).toBe(3);
    expect(await log()).toBe('<a a> <b b> <c c>');
    expect(await statuses()).toEqual(['completed', 'completed', 'completed']);
    const { events } = await at.platform.inspect(runs[0] ?? '');
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['run.started', 'run.queued', 'run.dequeued']);
    expect(await at.platform.verify(runs[0] ?? '')).toMatchObject({ ok: true, ended: true });
  });

  it('are at work max_concurrency at a time', async () => {
    const { open, input, log, go } = scheduled(at, ', max_concurrency: 2');
    const chain = await open();
    for (const name of ['a', 'b', 'c']) await chain.enqueue(input(name, true));
    const driven = at.platform.runQueued();
    await expect.poll(log).toMatch(/^<a <b$|^<b <a$/);
    await expect.poll(() => at.platform.queues()).toMatchObject([{ queued: 1, running: 2 }]);
    await go();
    expect(await driven).toBe(3);
  });

  it('are refused when the queue is full', async () => {
    const { open, input } = scheduled(at, ', max_queue_size: 2');
    const chain = await open();
    await Promise.all([chain.enqueue(input('a')), chain.submit(input('b'))]);
    await expect(chain.enqueue(input('c'))).rejects.toMatchObject({ code: 'queue.full', details: { size: 2, limit: 2 } });
    await expect(chain.run(input('d'))).rejects.toMatchObject({ code: 'queue.full' });
    expect((await at.platform.runs(9)).total).toBe(2);
  });

  it('begin no faster than rate_limit allows', async () => {
    const { open, input, log } = scheduled(at, ', max_concurrency: 9, rate_limit: { runs: 2, per: 2s }');
    const chain = await open();
    for (const name of ['a', 'b', 'c']) await chain.enqueue(input(name));
    const since = performance.now();
    expect(await at.platform.runQueued()).toBe(3);
    expect(performance.now() - since).toBeGreaterThan(1500);
    expect(await log()).toMatch(/<c c>$/);
  });

  it('are begun with `run` when it is their turn, and seen from their first event on', async () => {
    const { open, input, log } = scheduled(at);
    const chain = await open();
    await chain.enqueue(input('a'));
    const seen: JournalEvent[] = [];
    const b = await chain.run({ ...input('b'), observe: (event) => seen.push(event) });
    const c = await chain.run(input('c'));
    expect(await b.ended).toMatchObject({ status: 'completed', output: { name: 'b' } });
    expect(await c.ended).toMatchObject({ status: 'completed', output: { name: 'c' } });
    expect(await log()).toBe('<a a> <b b> <c c>');
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    expect(seen.slice(0, 3).map(({ type }) => type)).toEqual(['run.started', 'run.queued', 'run.dequeued']);
  });

  it('are driven by a working platform', async () => {
    const { open, input, log } = scheduled(at);
    at.platform.work({ pollMs: 50, drainMs: 0 });
    const chain = await open();
    await chain.enqueue(input('a'));
    expect(await (await chain.run(input('b'))).ended).toMatchObject({ outcome: 'success' });
    expect(await log()).toBe('<a a> <b b>');
  });

  it('ENG-X8 are cancelled where they stand, and never begin', async () => {
    const { open, input, log } = scheduled(at);
    const chain = await open();
    const [a, b] = [await chain.enqueue(input('a')), await chain.enqueue(input('b'))];
    expect(await at.platform.cancel(a, 'not needed')).toBe('cancelled');
    expect(await at.platform.runQueued()).toBe(1);
    expect(await log()).toBe('<b b>');
    for (const run of [a, b]) expect(await at.platform.verify(run)).toMatchObject({ ok: true, ended: true });
  });

  it('ENG-X8 are paused where they stand, and go back to their place', async () => {
    const { open, input, log, statuses } = scheduled(at);
    const chain = await open();
    const [a] = [await chain.enqueue(input('a')), await chain.enqueue(input('b'))];
    await at.platform.pause(a);
    expect(await statuses()).toEqual(['paused', 'queued']);
    expect(await at.platform.runQueued()).toBe(1);
    await chain.enqueue(input('c'));
    await at.platform.resume(a);
    expect(await statuses()).toEqual(['queued', 'completed', 'queued']);
    expect(await at.platform.runQueued()).toBe(2);
    expect(await log()).toBe('<b b> <a a> <c c>');
    expect(await at.platform.verify(a)).toMatchObject({ ok: true, ended: true });
  });

  it('ENG-X8 heed what their handles are asked while they queue', async () => {
    const { open, input, log, go } = scheduled(at);
    const chain = await open();
    const a = await chain.run(input('a', true));
    await expect.poll(log).toBe('<a');
    const [b, c] = [await chain.run(input('b')), await chain.run({ ...input('c'), parkAfterMs: Number.POSITIVE_INFINITY })];
    await b.cancel('enough');
    expect(await b.ended).toMatchObject({ status: 'cancelled', reason: 'enough' });
    await c.pause();
    expect(await c.ended).toMatchObject({ status: 'paused', parked: { seq: 3 } });
    await at.platform.resume(c.run);
    const again = await chain.resume(c.run);
    await go();
    expect(await a.ended).toMatchObject({ outcome: 'success' });
    expect(await again.ended).toMatchObject({ outcome: 'success', output: { name: 'c' } });
    expect(await log()).toBe('<a a> <c c>');
  });

  it('ENG-X8 have their deadline from when they are taken', async () => {
    const { open, input } = scheduled(at, '', 'deadline: 700ms');
    const run = await (await open()).enqueue(input('a'));
    await new Promise((resolve) => setTimeout(resolve, 800));
    await at.platform.runQueued();
    expect((await at.platform.inspect(run)).result).toMatchObject({ outcome: 'success' });
  });

  it('ENG-X7 that their process left under way are taken up first', async () => {
    const { directory, input, log, go } = scheduled(at);
    const chain = await at.platform.open(await directory());
    for (const name of ['a', 'b']) await chain.enqueue(input(name, true));
    const driven = at.platform.runQueued();
    await expect.poll(log).toBe('<a');
    await at.platform.close();
    expect(await driven).toBe(1);
    await go();
    const after = await at.open();
    expect(await after.runQueued()).toBe(2);
    expect(await log()).toBe('<a a> <a a> <b b>');
    expect((await after.runs(2)).runs).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  });
});

await describeSharedPlatforms('ENG-Q runs that queue for several processes', (at) => {
  it('S13 are at work max_concurrency at a time over three workers, each once', async () => {
    const { open, input, log } = scheduled(at, ', max_concurrency: 2');
    const chain = await open();
    const names = Array.from({ length: 30 }, (_, index) => `r${index}`);
    for (const name of names) await chain.enqueue(input(name));
    for (const worker of await Promise.all([at.open(), at.open(), at.open()])) worker.work({ pollMs: 20, drainMs: 0 });
    await expect.poll(async () => (await at.platform.queues())[0], { timeout: 30_000 }).toMatchObject({ queued: 0, running: 0 });
    let [under, most] = [0, 0];
    for (const mark of (await log()).split(' ')) {
      under += mark.startsWith('<') ? 1 : -1;
      most = Math.max(most, under);
    }
    expect(most).toBe(2);
    expect(
      (await log())
        .split(' ')
        .filter((mark) => mark.startsWith('<'))
        .sort(),
    ).toEqual(names.map((name) => `<${name}`).sort());
  });

  it('S13 of two tenants take turns, however many one of them queues', async () => {
    const { directory, input, log } = scheduled(at, ', max_concurrency: 1000');
    const open = async (tenant: string) => (await at.open({ tenant })).open(await directory());
    const [flood, quiet] = [await open('flood'), await open('quiet')];
    await Promise.all(Array.from({ length: 200 }, () => flood.enqueue(input('f'))));
    for (const name of ['q1', 'q2', 'q3']) await quiet.enqueue(input(name));
    const worker = (await at.open()).work({ capacity: 1, pollMs: 20, drainMs: 0 });
    await expect.poll(log, { timeout: 20_000 }).toContain('q3>');
    await worker.stop();
    const begun = (await log()).split(' ').filter((mark) => mark.startsWith('<'));
    expect(begun.indexOf('<q3')).toBeLessThanOrEqual(6);
  });

  it('ENG-X7 that a process took and never began are begun by another, and hold their place until then', async () => {
    const { open, input, log } = scheduled(at);
    const chain = await open();
    const [a, b] = [await chain.enqueue(input('a')), await chain.enqueue(input('b'))];
    const { databaseUrl: url = '', tenant = '' } = at.options;
    const dying = await openStore({ location: { url }, leaseMs: 300 });
    expect(await dying.system().queue.claim(5, { tenant })).toMatchObject([{ run: a }]);
    await dying.close();
    (await at.open()).work({ pollMs: 20, drainMs: 0 });
    await expect.poll(async () => (await at.platform.inspect(b)).status, { timeout: 10_000 }).toBe('completed');
    expect(await log()).toBe('<a a> <b b>');
    expect((await at.platform.inspect(a)).events.slice(0, 3).map(({ type }) => type)).toEqual([
      'run.started',
      'run.queued',
      'run.dequeued',
    ]);
    expect(await at.platform.verify(a)).toMatchObject({ ok: true, ended: true });
  });

  it('ENG-X8 all end, whatever is asked of them meanwhile', { timeout: 60_000 }, async () => {
    const { open, input, statuses } = scheduled(at, ', max_concurrency: 3');
    const chain = await open();
    for (const worker of await Promise.all([at.open(), at.open(), at.open()])) worker.work({ pollMs: 20, drainMs: 0, parkAfterMs: 20 });
    const ask = async (run: string) => {
      for (let time = 0; time < 6; time += 1) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
        const asked =
          Math.random() < 0.1 ? at.platform.cancel(run, 'enough') : Math.random() < 0.5 ? at.platform.pause(run) : at.platform.resume(run);
        await asked.catch((thrown) => expect(thrown).toMatchObject({ code: 'run.ended' }));
      }
      await at.platform.resume(run).catch((thrown) => expect(thrown).toMatchObject({ code: 'run.ended' }));
    };
    const runs = await Promise.all(Array.from({ length: 40 }, (_, index) => chain.enqueue(input(`r${index}`))));
    await Promise.all(runs.map(ask));
    await expect
      .poll(async () => (await statuses()).filter((status) => status !== 'completed' && status !== 'cancelled'), { timeout: 40_000 })
      .toEqual([]);
    for (const run of runs) expect(await at.platform.verify(run)).toMatchObject({ ok: true, ended: true });
  });
});

await describePlatforms('ENG-Q without a scheduler', (at) => {
  it('what is enqueued is performed at once in the caller', async () => {
    const { input, log } = scheduled(at);
    const chain = await at.platform.open(await at.workflow(workflow(), { 'work.mjs': work }));
    const run = await chain.enqueue(input('a'));
    expect(await log()).toBe('<a a>');
    expect((await at.platform.inspect(run)).events.map(({ type }) => type)).not.toContain('run.queued');
  });
});
