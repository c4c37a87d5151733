import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embedded, espalier, spawnEspalier, startEspalier, temporaryDirectory } from './testing/espalier.fixture.ts';
import { endless } from './testing/workflows.fixture.ts';

const environment = embedded;

/** A run whose process was killed while its node was under way. */
async function killedRun() {
  const at = await temporaryDirectory(endless);
  const running = startEspalier(['run', 'endless', 'x'], { cwd: at.path, environment });
  await running.says('✓ start');
  running.signal('SIGKILL');
  await running.ended;
  return { ...at, go: () => writeFile(join(at.path, 'go'), '') };
}

describe('runs in the embedded database', () => {
  it('what a newcomer does: a first workflow, its run, and everything that looks at runs', async () => {
    await using at = await temporaryDirectory();
    const perform = async (...words: string[]) => {
      const ended = await spawnEspalier(words, { cwd: at.path, environment });
      expect(ended).toMatchObject({ exit: 0 });
      return ended.stdout;
    };
    await perform('init', 'notes');
    expect(await perform('runs')).toBe('There are no runs yet.\n');
    expect(await readdir(at.path)).toEqual(['notes']);
    expect(await perform('run', 'notes', 'Buy', 'milk')).toContain('Success');
    expect(await readdir(join(at.path, '.espalier'))).toContain('database');
    expect(await perform('inspect', 'last')).toMatch(/Status {3}completed, success/);
    expect(await perform('verify', 'last', '--recompute')).toContain('follows from its workflow');
    expect(await perform('runs')).toMatch(/run_\w+ +notes +completed +success/);
    expect(await perform('profile', 'last')).toMatch(/^Work +\d+ nodes/m);
  });

  it('S14 another process is refused while a run is under way, and told which process has the database', async () => {
    await using at = await temporaryDirectory(endless);
    const running = startEspalier(['run', 'endless', 'x'], { cwd: at.path, environment });
    await running.says('✓ start');
    const other = await espalier(['cancel', 'last'], { cwd: at.path, environment });
    expect(other.stderr.replaceAll(/\s+/g, ' ')).toMatch(/is for one process, and process \d+ on .+ has it open.*\[database\.locked\]/);
    expect(other.exit).toBe(4);
    await writeFile(join(at.path, 'go'), '');
    expect(await running.ended).toMatchObject({ exit: 0 });
    expect(await espalier(['verify', 'last'], { cwd: at.path, environment })).toMatchObject({ exit: 0 });
  });

  it('a run whose process was killed shows that nobody drives it, and is taken up at once', async () => {
    await using at = await killedRun();
    expect((await espalier(['runs'], { cwd: at.path, environment })).stdout).toMatch(/running .* by nobody$/m);
    await at.go();
    const resumed = await spawnEspalier(['run', 'endless', '--resume', 'last', '--json'], { cwd: at.path, environment });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ outcome: 'success', output: 'waited' });
    expect(await espalier(['verify', 'last'], { cwd: at.path, environment })).toMatchObject({ exit: 0 });
  });
});

describe.each([
  { journal: 'the embedded database', environment },
  { journal: 'files', environment: {} },
])('requests of runs in $journal', ({ environment: where }) => {
  const ask = async (cwd: string, ...words: string[]) => espalier(words, { cwd, environment: where });

  it('Ctrl-Z lets the node under way end, and resume goes on from there', async () => {
    await using at = await temporaryDirectory(endless);
    const running = startEspalier(['run', 'endless', 'x'], { cwd: at.path, environment: where });
    await running.says('✓ start');
    running.signal('SIGTSTP');
    await running.says('Pausing the run');
    await writeFile(join(at.path, 'go'), '');
    const paused = await running.ended;
    expect(paused.stderr).toMatch(
      /✓ wait .*\nPaused\. To let it go on, or perform one more node:\n {2}espalier resume run_\w+\n {2}espalier step run_\w+\n$/,
    );
    expect(paused.exit).toBe(0);
    expect((await ask(at.path, 'runs')).stdout).toContain('paused');
    const resumed = await ask(at.path, 'resume', 'last');
    expect(resumed.stdout).toContain('Success, exit done');
    expect(resumed.stderr).not.toContain('✓ wait');
    expect(resumed.exit).toBe(0);
  });

  it('a run that nobody drives is paused, resumed and cancelled; one that has ended refuses, with exit 4', async () => {
    await using at = await temporaryDirectory(endless);
    await spawnEspalier(['run', 'endless', 'x'], {
      cwd: at.path,
      environment: where,
      signals: [{ after: '✓ start', signal: 'SIGTERM' }],
    });
    expect((await ask(at.path, 'pause', 'last', '--reason', 'for lunch')).stdout).toMatch(
      /^run_\w+ is paused; what is under way still ends\.\n$/,
    );
    expect((await ask(at.path, 'pause', 'last')).stdout).toContain('is paused already');
    expect(JSON.parse((await ask(at.path, 'pause', 'last', '--json')).stdout)).toMatchObject({ status: 'paused' });
    expect((await ask(at.path, 'cancel', 'last', '--reason', 'not needed')).stdout).toContain('is cancelled');
    const { events } = JSON.parse((await ask(at.path, 'inspect', 'last', '--events', '--json')).stdout);
    expect(events).toContainEqual(expect.objectContaining({ type: 'run.paused', payload: { reason: 'for lunch' } }));
    expect(events.at(-1)).toMatchObject({ type: 'run.cancelled', payload: { reason: 'not needed' } });
    for (const command of ['cancel', 'pause', 'resume']) {
      const refused = await ask(at.path, command, 'last');
      expect(refused.stderr).toContain('[run.ended]');
      expect(refused.exit).toBe(4);
    }
    expect((await ask(at.path, 'verify', 'last')).exit).toBe(0);
  });
});
