import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describePostgres, migratedDatabase } from '@espalier/platform/testing';
import { beforeAll, expect, it } from 'vitest';
import { embedded, espalier, startEspalier, temporaryDirectory } from './testing/espalier.fixture.ts';
import { endless } from './testing/workflows.fixture.ts';

/** Rows of a shared database are of all tests here: each names its own run. */
await describePostgres('runs of a PostgreSQL server', (postgres) => {
  let environment: Record<string, string>;
  beforeAll(async () => {
    environment = { ...embedded, DATABASE_URL: await migratedDatabase(postgres) };
  });
  const ask = async (cwd: string, ...words: string[]) => espalier(words, { cwd, environment });

  async function statusOf(cwd: string, run: string): Promise<string> {
    return JSON.parse((await ask(cwd, 'inspect', run, '--json')).stdout).status;
  }

  /** A run in a process of its own, under way. */
  async function running(cwd: string) {
    const process = startEspalier(['run', 'endless', 'x'], { cwd, environment });
    await process.says('✓ start');
    const [run = ''] = /run_\w+/.exec(process.said()) ?? [];
    return { ...process, run };
  }

  it('a worker drives what was left to it, and lets it end when it is asked to stop', async () => {
    await using at = await temporaryDirectory(endless);
    const submitted = await ask(at.path, 'run', 'endless', 'x', '--detach', '--json');
    const { run, status } = JSON.parse(submitted.stdout);
    expect([status, submitted.exit]).toEqual(['running', 0]);
    const worker = startEspalier(['worker', '--drain', '60'], { cwd: at.path, environment });
    await worker.says('Driving up to 32 runs at once. Ctrl-C ends it.');
    await expect.poll(async () => (await ask(at.path, 'runs')).stdout, { timeout: 20_000 }).toMatch(new RegExp(`${run} .*by \\S+/\\d+`));
    worker.signal('SIGTERM');
    await worker.says('Waiting for 1 run under way, for at most 60 s.');
    await writeFile(join(at.path, 'go'), '');
    expect(await worker.ended).toMatchObject({ exit: 0, stdout: '' });
    expect(await statusOf(at.path, run)).toBe('completed');
    expect((await ask(at.path, 'verify', run)).exit).toBe(0);
  });

  it('cancel from another terminal ends a run that a process drives, within a second', async () => {
    await using at = await temporaryDirectory(endless);
    const { run, ended } = await running(at.path);
    const cancelled = await ask(at.path, 'cancel', run, '--reason', 'from elsewhere');
    const asked = performance.now();
    expect(cancelled.stdout).toMatch(/is (cancelled|asked to end, by the process that drives it)\.\n$/);
    const result = await ended;
    expect(performance.now() - asked).toBeLessThan(1000 + 500); // and the process ends
    expect(result.stdout).toMatch(/Cancelled.*\n {2}from elsewhere/);
    expect(result.exit).toBe(1);
    expect((await ask(at.path, 'cancel', run)).exit).toBe(4);
  });

  it('pause from another terminal lets the process go, and a worker goes on after resume', async () => {
    await using at = await temporaryDirectory(endless);
    const { run, ended } = await running(at.path);
    expect((await ask(at.path, 'pause', run)).stdout).toContain('is paused');
    await writeFile(join(at.path, 'go'), '');
    const paused = await ended;
    expect(paused.stderr).toContain(`espalier resume ${run}`);
    expect(paused.exit).toBe(0);
    const worker = startEspalier(['worker'], { cwd: at.path, environment });
    await worker.says('Ctrl-C ends it.');
    expect(await statusOf(at.path, run)).toBe('paused');
    expect((await ask(at.path, 'resume', run)).stdout).toContain('goes on as soon as a worker takes it up');
    await expect.poll(() => statusOf(at.path, run), { timeout: 20_000 }).toBe('completed');
    worker.signal('SIGINT');
    expect((await worker.ended).exit).toBe(0);
    expect((await ask(at.path, 'resume', run)).exit).toBe(4);
  });

  it('S13 a run that another process drives, or drove a moment ago, is not taken up: exit 4, and when it will be free', async () => {
    await using at = await temporaryDirectory(endless);
    const { run, signal, ended } = await running(at.path);
    signal('SIGKILL');
    await ended;
    const refused = await ask(at.path, 'run', 'endless', '--resume', run);
    expect(refused.stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /is driven by .+; should that be gone, it is free 15 s after its last sign of life/,
    );
    expect(refused.exit).toBe(4);
  });
});

it.each([['worker'], ['run', 'endless', 'x', '--detach']])('S14 %s is refused without a server, with a pointer', async (...words) => {
  await using at = await temporaryDirectory(endless);
  const { exit, stderr } = await espalier(words, { cwd: at.path, environment: embedded });
  expect(stderr).toContain('DATABASE_URL');
  expect(stderr).toContain('[usage.invalid]');
  expect(exit).toBe(2);
});
