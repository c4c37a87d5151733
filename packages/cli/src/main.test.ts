import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { espalier, spawnEspalier, temporaryDirectory } from './testing/espalier.fixture.ts';
import { endless, straight } from './testing/workflows.fixture.ts';

describe('the espalier process', () => {
  it('says plainly what to do on a Node that is too old, with exit 2', async () => {
    await using at = await temporaryDirectory();
    const pretend = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';
    const ended = await spawnEspalier(['runs'], { cwd: at.path, nodeOptions: ['--import', `data:text/javascript,${pretend}`] });
    expect(ended.stderr).toContain('Espalier needs Node 24 or newer; this is Node 20.20.2.');
    expect(ended.stderr).toContain('npm run espalier -- <command>');
    expect(ended).toMatchObject({ exit: 2, stdout: '' });
  });

  it('reads what is piped in, prints one JSON object, and hands on the exit code', async () => {
    await using at = await temporaryDirectory(straight);
    const ended = await spawnEspalier(['run', 'straight', '--json'], { cwd: at.path, stdin: '{"piped":true}' });
    expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: 'success', output: { piped: true } });
    expect(ended).toMatchObject({ exit: 0, stderr: '' });
  });

  it('does not wait for a pipe that nobody writes to', async () => {
    await using at = await temporaryDirectory(straight);
    const ended = await spawnEspalier(['run', 'straight'], { cwd: at.path, stdin: 'open' });
    expect(ended.stderr).toContain('needs an input');
    expect(ended.exit).toBe(2);
  });

  it('goes on quietly when nobody reads its output', async () => {
    await using at = await temporaryDirectory(straight);
    const ended = await spawnEspalier(['run', 'straight', 'x', '--events'], { cwd: at.path, closeStdout: true });
    expect(ended.stderr).toContain('Success, exit done');
    expect(ended.stderr).not.toContain('EPIPE');
    expect(ended.exit).toBe(0);
  });

  it('cancels the run on Ctrl-C: exit 1, and the journal verifies', async () => {
    await using at = await temporaryDirectory(endless);
    const ended = await spawnEspalier(['run', 'endless', 'x'], { cwd: at.path, signals: [{ after: '✓ start', signal: 'SIGINT' }] });
    expect(ended.stderr).toContain('Cancelling the run.');
    expect(ended.stdout).toContain('Cancelled');
    expect(ended.exit).toBe(1);
    expect((await espalier(['verify', 'last'], { cwd: at.path })).exit).toBe(0);
  });

  it('leaves the run to be resumed when it is terminated, and says how', async () => {
    await using at = await temporaryDirectory(endless);
    const stopped = await spawnEspalier(['run', 'endless', 'x'], { cwd: at.path, signals: [{ after: '✓ start', signal: 'SIGTERM' }] });
    expect(stopped.exit).toBe(143);
    const [, run = ''] = /espalier run endless --resume (run_\w+)/.exec(stopped.stderr) ?? [];
    await writeFile(join(at.path, 'go'), '');
    const resuming = await spawnEspalier(['run', 'endless', '--resume', run, '--json'], { cwd: at.path });
    expect(JSON.parse(resuming.stdout)).toMatchObject({ run, outcome: 'success', output: 'waited' });
    expect((await espalier(['verify', run], { cwd: at.path })).exit).toBe(0);
  });

  it('reports a rejection that a workflow’s own code left behind without a stack', async () => {
    await using at = await temporaryDirectory({
      ...straight,
      'straight/workflow.yaml': straight['straight/workflow.yaml'].replace('role: linear', 'role: linear, handler: ./stray.ts#stray'),
      'straight/stray.ts': `export async function stray() {
        Promise.reject(new Error('left behind'));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }`,
    });
    const { exit, stderr } = await spawnEspalier(['run', 'straight', 'x'], { cwd: at.path });
    expect(stderr).toMatch(/Error: left behind\n[\s\S]*\[internal\.defect\]/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(exit).toBe(70);
    const debugged = await spawnEspalier(['run', 'straight', 'x'], { cwd: at.path, environment: { ESPALIER_DEBUG: '1' } });
    expect(debugged.stderr).toMatch(/^ +at /m);
  });
});
