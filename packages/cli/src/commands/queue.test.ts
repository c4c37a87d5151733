import { describe, expect, it } from 'vitest';
import { embedded, espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { failing, straight } from '../testing/workflows.fixture.ts';

const scheduled = {
  ...straight,
  'straight/scheduler.yaml': 'scheduler: { enabled: true, max_queue_size: 2, rate_limit: { runs: 90, per: 1m } }\n',
};

describe('ENG-Q espalier queue', () => {
  const ask = (cwd: string, ...words: string[]) => espalier(words, { cwd, environment: embedded });

  it('shows, fills and drives the queues of the embedded database', async () => {
    await using at = await temporaryDirectory(scheduled);
    expect((await ask(at.path, 'queue')).stdout).toBe('No run has queued yet.\n');
    const first = JSON.parse((await ask(at.path, 'queue', 'add', 'straight', 'one', '--json')).stdout);
    expect(first).toMatchObject({ run: expect.stringMatching(/^run_/), status: 'queued' });
    expect(await ask(at.path, 'queue', 'add', 'straight', 'two')).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^run_\w+\n$/) });
    const full = await ask(at.path, 'queue', 'add', 'straight', 'three');
    expect([full.exit, full.stderr]).toEqual([1, expect.stringContaining('queue.full')]);
    expect((await ask(at.path, 'queue')).stdout).toMatch(/straight +2 of 2 +\S+ \S+ +0 of 1 +90 runs in 1 min 0 s/);
    expect((await ask(at.path, 'runs')).stdout).toMatch(/queued.*\n.*queued/);
    const driven = await ask(at.path, 'queue', 'run');
    expect(driven).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^run_\w+ {2}success\nrun_\w+ {2}success\n2 runs driven\.\n$/) });
    expect(JSON.parse((await ask(at.path, 'queue', '--json')).stdout)).toMatchObject({
      queues: [{ workflow: 'straight', queued: 0, running: 0, max_queue_size: 2 }],
    });
    expect((await ask(at.path, 'queue', 'run')).stdout).toBe('Nothing is queued.\n');
    const run = await ask(at.path, 'run', 'straight', 'four', '--json');
    expect([run.exit, JSON.parse(run.stdout).status]).toEqual([0, 'completed']);
    expect((await ask(at.path, 'verify', first.run)).exit).toBe(0);
  });

  it('says with its exit code that a run failed', async () => {
    await using at = await temporaryDirectory({ ...failing, 'failing/scheduler.yaml': 'scheduler: { enabled: true }\n' });
    await ask(at.path, 'queue', 'add', 'failing', '{}');
    expect(await ask(at.path, 'queue', 'run', '--json')).toMatchObject({ exit: 1, stdout: '{"driven":1,"failed":1}\n' });
  });

  it('performs at once what has no scheduler', async () => {
    await using at = await temporaryDirectory(straight);
    const { stdout } = await ask(at.path, 'queue', 'add', 'straight', 'one', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed' });
  });

  it('needs the database', async () => {
    await using at = await temporaryDirectory(scheduled);
    for (const words of [['queue'], ['queue', 'run'], ['queue', 'add', 'straight', 'x']]) {
      const { exit, stderr } = await espalier(words, { cwd: at.path });
      expect([exit, stderr]).toEqual([2, expect.stringContaining('input.invalid')]);
    }
  });

  it.each([
    ['queue', 'ad'],
    ['queue', 'run', 'x'],
  ])('refuses %s %s', async (...words) => {
    await using at = await temporaryDirectory();
    expect((await ask(at.path, ...words)).exit).toBe(2);
  });
});
