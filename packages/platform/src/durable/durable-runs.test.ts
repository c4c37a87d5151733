import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { JournalEvent, Json } from '@espalier/core';
import { expect, it } from 'vitest';
import type { LogEvent, PlatformOptions } from '../index.ts';
import { describeDatabasePlatforms, describeSharedPlatforms } from '../testing/describe-platforms.ts';

const chain = (work: string, more = '') => `
id: chain
${more}
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: work, kind: deterministic, role: linear, ${work} }
  - { id: after, kind: deterministic, role: linear }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: work }, { from: work, to: after }, { from: after, to: end }]
`;

/** A handler that waits until a file is there. */
const untilFile = `
import { existsSync, appendFileSync } from 'node:fs';
export async function work(input) {
  appendFileSync(input.log, 'x');
  while (!existsSync(input.file)) await new Promise((resolve) => setTimeout(resolve, 10));
  return { done: true };
}`;

/** A run that another process drives, until it is killed. */
function spawnRun(options: PlatformOptions, directory: string, input: Json) {
  const script = join(import.meta.dirname, '../testing/run-until-killed.fixture.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(options), directory, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { started: once(createInterface(child.stdout), 'line').then(([run]) => String(run)), kill: () => child.kill('SIGKILL') };
}

await describeDatabasePlatforms('S13 runs of a database', (at) => {
  const files = () => ({ input: { file: join(at.root, 'go'), log: join(at.root, 'log') } });
  const flow = (more = '') => at.workflow(chain('handler: ./work.mjs#work', more), { 'work.mjs': untilFile });

  it('ENG-X8 a run that waits is unloaded by a working platform and taken up when it is due', async () => {
    at.platform.work({ parkAfterMs: 50, pollMs: 50 });
    const open = await at.platform.open(await at.workflow(chain('handler: wait, with: { for: 1500ms }')));
    const events: JournalEvent[] = [];
    const handle = await open.run({ input: 1, observe: (event) => events.push(event) });
    await expect.poll(async () => (await at.platform.runs(1)).runs[0]).toMatchObject({ status: 'waiting', owner: undefined });
    expect(await handle.ended).toMatchObject({ status: 'completed', outcome: 'success', output: { value: 1 } });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.type).toBe('run.completed');
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  });

  it('ENG-X8 a timer survives the process that set it', async () => {
    const directory = await at.workflow(chain('handler: wait, with: { for: 300ms }'));
    const handle = await (await at.platform.open(directory)).run({ input: 1 });
    await expect.poll(async () => (await at.platform.inspect(handle.run)).status).toBe('waiting');
    await at.platform.close();
    const after = await at.open();
    const { events } = await after.inspect(handle.run);
    const due = events.find((event) => event.type === 'effect.started')?.payload.due_at ?? 0;
    const resumed = await (await after.open(directory)).resume(handle.run);
    expect(await resumed.ended).toMatchObject({ outcome: 'success' });
    const woke = (await after.inspect(handle.run)).events.find((event) => event.type === 'effect.completed');
    expect(woke?.at).toBeGreaterThanOrEqual(due);
  });

  it('ENG-X8 pausing lets what is under way end, and resuming goes on', async () => {
    at.platform.work({ parkAfterMs: 50, pollMs: 50 });
    const handle = await (await at.platform.open(await flow())).run(files());
    await expect.poll(() => readFile(join(at.root, 'log'), 'utf8').catch(() => '')).toBe('x');
    await handle.pause('for lunch');
    expect(await at.platform.pause(handle.run)).toBe(false);
    await writeFile(join(at.root, 'go'), '');
    await expect.poll(async () => (await at.platform.runs(1)).runs[0]).toMatchObject({ status: 'paused', owner: undefined });
    const events = (await at.platform.inspect(handle.run)).events.map(({ type }) => type);
    expect(events.filter((type) => type === 'effect.completed')).toHaveLength(1);
    expect(await at.platform.resume(handle.run)).toBe(true);
    expect(await handle.ended).toMatchObject({ outcome: 'success' });
    expect(await readFile(join(at.root, 'log'), 'utf8')).toBe('x');
    expect(await at.platform.resume(handle.run).catch((thrown) => thrown.code)).toBe('run.ended');
  });

  it('ENG-X8 a run that nobody drives is cancelled at once, without its modules', async () => {
    const directory = await flow();
    const handle = await (await at.platform.open(directory)).run(files());
    await expect.poll(() => readFile(join(at.root, 'log'), 'utf8').catch(() => '')).toBe('x');
    await at.platform.close();
    const after = await at.open();
    await writeFile(join(directory, 'work.mjs'), 'broken (');
    expect(await after.cancel(handle.run, 'not needed')).toBe('cancelled');
    expect((await after.runs(1)).runs[0]).toMatchObject({ status: 'cancelled' });
    expect(await after.verify(handle.run)).toMatchObject({ ok: true, ended: true });
    await expect(after.cancel(handle.run, 'again')).rejects.toMatchObject({ code: 'run.ended' });
    await expect(after.cancel('run_nowhere', 'x')).rejects.toMatchObject({ code: 'run.not_found' });
  });

  it('ENG-X8 a deadline passes while nobody drives the run', async () => {
    const directory = await at.workflow(chain('handler: wait, with: { for: 1h }', 'deadline: 200ms'));
    at.platform.work({ parkAfterMs: 20, pollMs: 50 });
    const handle = await (await at.platform.open(directory)).run({ input: 1 });
    expect(await handle.ended).toMatchObject({ status: 'completed', outcome: 'failure', reason: expect.stringContaining('deadline') });
  });

  it('S2 the root task and the run end in one commit, and their streams agree', async () => {
    const handle = await (await at.platform.open(await at.workflow(chain('handler: pass')))).run({ input: 1 });
    await handle.ended;
    const { events } = await at.platform.inspect(handle.run);
    expect(events[0]?.payload).toMatchObject({ root_task: expect.stringMatching(/^task_/) });
    expect(events.map(({ type }) => type)).toContain('run.completed');
  });
});

await describeSharedPlatforms('S13 runs of a database that processes share', (at) => {
  const files = () => ({ input: { file: join(at.root, 'go'), log: join(at.root, 'log') } });
  const flow = (more = '') => at.workflow(chain('handler: ./work.mjs#work', more), { 'work.mjs': untilFile });
  const log = () => readFile(join(at.root, 'log'), 'utf8').catch(() => '');

  it('a run that was left to workers is driven by one of them', async () => {
    await writeFile(join(at.root, 'go'), '');
    const run = await (await at.platform.open(await flow())).submit(files());
    const workers = await Promise.all([at.open(), at.open()]);
    for (const worker of workers) worker.work({ pollMs: 50 });
    await expect.poll(async () => (await at.platform.inspect(run)).status).toBe('completed');
    expect(await log()).toBe('x');
  });

  it('ENG-X7 the run of a process that is gone is taken over, and its unknown effect is not repeated', async () => {
    const dying = spawnRun({ ...at.options, leaseMs: 500 }, await flow(), files().input);
    const run = await dying.started;
    await expect.poll(log).toBe('x');
    dying.kill();
    const other = await at.open({ leaseMs: 500 });
    other.work({ pollMs: 50 });
    await expect.poll(async () => (await at.platform.inspect(run)).status, { timeout: 5000 }).toBe('completed');
    const report = await at.platform.inspect(run);
    expect(report.result).toMatchObject({ outcome: 'failure' });
    expect(report.events.find((event) => event.type === 'effect.completed')?.payload).toMatchObject({
      error: { code: 'effect.outcome_unknown' },
    });
    expect(await log()).toBe('x');
    expect(await at.platform.verify(run)).toMatchObject({ ok: true, ended: true });
  });

  it('another process pauses, resumes and cancels a run that is driven here', async () => {
    const handle = await (await at.platform.open(await flow())).run(files());
    await expect.poll(log).toBe('x');
    const other = await at.open();
    expect(await other.pause(handle.run, 'by another')).toBe(true);
    await expect.poll(async () => (await at.platform.inspect(handle.run)).status).toBe('paused');
    expect(await other.resume(handle.run)).toBe(true);
    const asked = performance.now();
    await other.cancel(handle.run, 'by another');
    expect(await handle.ended).toMatchObject({ status: 'cancelled', reason: 'by another' });
    expect(performance.now() - asked).toBeLessThan(5000);
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  });

  it('refuses to take up a run that another process drives', async () => {
    const directory = await flow();
    const handle = await (await at.platform.open(directory)).run(files());
    await expect.poll(log).toBe('x');
    const other = await at.open();
    await expect((await other.open(directory)).resume(handle.run)).rejects.toMatchObject({ code: 'journal.locked' });
    await writeFile(join(at.root, 'go'), '');
    expect(await handle.ended).toMatchObject({ outcome: 'success' });
  });

  it('a worker that is asked to stop lets go of what is under way, and another goes on', async () => {
    const idempotent = chain('handler: ./work.mjs#work, idempotent: true');
    const first = await at.open();
    const worker = first.work({ drainMs: 100, pollMs: 50 });
    const directory = await at.workflow(idempotent, { 'work.mjs': untilFile });
    const run = await (await at.platform.open(directory)).submit(files());
    await expect.poll(log).toBe('x');
    await worker.stop();
    expect(worker.active).toBe(0);
    await writeFile(join(at.root, 'go'), '');
    (await at.open()).work({ pollMs: 50 });
    await expect.poll(async () => (await at.platform.inspect(run)).result).toMatchObject({ status: 'completed', outcome: 'success' });
    expect(await log()).toBe('xx');
  });

  it('a run that cannot be loaded says why, and goes on once that is mended', async () => {
    const directory = await flow();
    await writeFile(join(at.root, 'go'), '');
    const run = await (await at.platform.open(directory)).submit(files());
    await writeFile(join(directory, 'work.mjs'), 'export const other = 1;');
    (await at.open()).work({ pollMs: 50 });
    await expect
      .poll(async () => (await at.platform.runs(1)).runs[0])
      .toMatchObject({
        run,
        problem: expect.stringContaining('workflow.changed'),
      });
  });

  it('hundreds of runs over three workers each end once', async () => {
    const open = await at.platform.open(await at.workflow(chain('handler: wait, with: { for: 20ms }')));
    const runs = await Promise.all(Array.from({ length: 200 }, (_, index) => open.submit({ input: index })));
    for (const worker of await Promise.all([at.open(), at.open(), at.open()])) worker.work({ pollMs: 50, parkAfterMs: 5, capacity: 20 });
    await expect
      .poll(async () => (await at.platform.runs(500)).runs.filter((run) => 'status' in run && run.status === 'completed').length, {
        timeout: 60_000,
      })
      .toBe(200);
    for (const run of runs.slice(0, 20)) expect(await at.platform.verify(run)).toMatchObject({ ok: true, ended: true });
  });
});

await describeDatabasePlatforms('OPS-4 the log of a platform', (at) => {
  it('is followed from the beginning, by name, and says how far its readers are', async () => {
    const open = await at.platform.open(await at.workflow(chain('handler: pass')));
    const first = await open.run({ input: 1 });
    await first.ended;
    const name = `test-${first.run}`;
    const seen: string[] = [];
    const take = ({ stream, seq, type, tenant }: LogEvent) => {
      if (tenant === (at.options.tenant ?? 'default')) seen.push(`${stream} ${seq} ${type}`);
    };
    const reader = at.platform.follow(name, take, { pollMs: 20 });
    await expect.poll(() => seen.filter((line) => line.endsWith('task.completed'))).toHaveLength(2);
    await reader.stop();
    await (await open.run({ input: 2 })).ended;
    expect((await at.platform.logStatus()).readers).toContainEqual(expect.objectContaining({ name, poisoned: 0 }));
    const again = at.platform.follow(name, take, { pollMs: 20 });
    await expect.poll(() => seen.filter((line) => line.endsWith(' run.completed'))).toHaveLength(2);
    await again.stop();
    expect(new Set(seen).size).toBe(seen.length);
  });
});
