import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { forked, straight } from '../testing/workflows.fixture.ts';

async function recorded(workflow: string, files: Record<string, string>) {
  const at = await temporaryDirectory(files);
  const { stdout } = await espalier(['run', workflow, 'hello', '--json'], { cwd: at.path });
  return { ...at, run: String(JSON.parse(stdout).run) };
}

async function tamper(directory: string, run: string, edit: (text: string) => string): Promise<void> {
  const file = join(directory, '.espalier/runs', run, 'journal.jsonl');
  const text = await readFile(file, 'utf8');
  expect(edit(text)).not.toBe(text);
  await writeFile(file, edit(text));
}

describe('espalier verify', () => {
  it('says what was checked', async () => {
    await using at = await recorded('forked', forked);
    const plain = await espalier(['verify', at.run], { cwd: at.path });
    expect(plain.stdout).toMatch(/✓ run_\w+ follows from its workflow\n {2}Its \d+ events were replayed/);
    expect(plain.stdout).toContain('were not called');
    const again = await espalier(['verify', at.run, '--recompute'], { cwd: at.path });
    expect(again.stdout.replaceAll(/\s+/g, ' ')).toMatch(/\d pure nodes performed again: the same results\. 2 nodes with effects/);
    expect([plain.exit, again.exit]).toEqual([0, 0]);
  });

  it('shows the first divergence and exits 5 (ENG-X6)', async () => {
    await using at = await recorded('straight', straight);
    await tamper(at.path, at.run, (text) => text.replace(/("type":"task.completed".*?)"outcome":"success"/, '$1"outcome":"failure"'));
    const { exit, stdout } = await espalier(['verify', 'last'], { cwd: at.path });
    expect(stdout).toMatch(/✗ run_\w+ diverges at event \d+\n/);
    expect(stdout).toMatch(/Expected\n[\s\S]*outcome: success[\s\S]*Found\n[\s\S]*outcome: failure/);
    expect(exit).toBe(5);
    const machine = await espalier(['verify', 'last', '--json'], { cwd: at.path });
    expect(JSON.parse(machine.stdout)).toMatchObject({ run: at.run, ok: false, divergence: { reason: expect.any(String) } });
  });

  it('shows a pure node whose result was changed, with --recompute, and exits 5', async () => {
    const files = {
      'straight/workflow.yaml': straight['straight/workflow.yaml'].replace(
        'role: linear',
        'role: linear, handler: template, with: { template: now }',
      ),
    };
    await using at = await recorded('straight', files);
    await tamper(at.path, at.run, (text) => text.replace('"output":"now"', '"output":"then"'));
    expect((await espalier(['verify', 'last'], { cwd: at.path })).exit).toBe(0);
    const { exit, stdout } = await espalier(['verify', 'last', '--recompute'], { cwd: at.path });
    expect(stdout).toMatch(/event \d+, node work/);
    expect(stdout).toMatch(/recorded\n[\s\S]*then[\s\S]*now\n[\s\S]*output: now/);
    expect(exit).toBe(5);
  });

  it('refuses to recompute with modules that have changed, with exit 4; manifests are taken as they were (S17)', async () => {
    await using at = await recorded('forked', forked);
    await appendFile(join(at.path, 'forked/handlers/arms.ts'), '// changed');
    const { exit, stderr } = await espalier(['verify', 'last', '--recompute'], { cwd: at.path });
    expect(stderr).toContain('[workflow.changed]');
    expect(exit).toBe(4);
    await using without = await recorded('straight', straight);
    await appendFile(join(without.path, 'straight/workflow.yaml'), '# changed');
    expect((await espalier(['verify', 'last', '--recompute'], { cwd: without.path })).exit).toBe(0);
  });
});

describe('espalier inspect', () => {
  it('shows summary and history, and finds a run by the beginning of its id', async () => {
    await using at = await recorded('forked', forked);
    const { exit, stdout } = await espalier(['inspect', at.run.slice(0, -3)], { cwd: at.path });
    expect(stdout).toContain(`Run      ${at.run}`);
    expect(stdout).toMatch(/Status {3}completed, partial, exit done/);
    expect(stdout).toMatch(/root\/fork\.1 +✗ broken .*node\.handler_failed: this arm/);
    expect(stdout).not.toContain('\u001b');
    expect(exit).toBe(0);
  });

  it('shows a run as it was at an earlier event (ENG-T1)', async () => {
    await using at = await recorded('straight', straight);
    const { stdout } = await espalier(['inspect', 'last', '--at', '2', '--json'], { cwd: at.path });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ run: at.run, seq: 2, status: 'running', outcome: null });
    expect(report.events).toHaveLength(2);
    expect(report.state).toMatchObject({ seq: 2 });
  });

  it.each([
    ['--events', /1 +\+0 ms +run\.started/],
    ['--artifacts', /node_output +start/],
    ['--show-state', /^\{\n {2}"seq": \d+/],
  ])('shows with %s only that', async (option, expected) => {
    await using at = await recorded('forked', forked);
    const { stdout } = await espalier(['inspect', 'last', option], { cwd: at.path });
    expect(stdout).toMatch(expected);
    expect(stdout).not.toContain('Workflow forked');
    const machine = JSON.parse((await espalier(['inspect', 'last', option, '--json'], { cwd: at.path })).stdout);
    expect(['events', 'artifacts', 'state'].filter((key) => key in machine)).toEqual([option.replace('--show-', '').replace('--', '')]);
  });

  it.each([
    { reference: 'run_nowhere', exit: 3, message: /There is no run "run_nowhere"/ },
    { reference: '../..', exit: 3, message: /There is no run/ },
    { reference: '', exit: 3, message: /There is no run ""/ },
    { reference: 'run_', exit: 2, message: /Several runs begin with run_: run_\w+,\s+run_\w+\./ },
  ])('refuses $reference with exit $exit', async ({ reference, exit, message }) => {
    await using at = await recorded('straight', straight);
    await espalier(['run', 'straight', 'again'], { cwd: at.path });
    const ended = await espalier(['inspect', reference], { cwd: at.path });
    expect(ended.stderr).toMatch(message);
    expect(ended.exit).toBe(exit);
  });

  it('refuses an event that does not exist', async () => {
    await using at = await recorded('straight', straight);
    expect((await espalier(['inspect', 'last', '--at', '99'], { cwd: at.path })).stderr).toContain('there is no event 99');
    expect((await espalier(['inspect', 'last', '--at', '1e3'], { cwd: at.path })).stderr).toContain('[input.invalid]');
  });
});

describe('espalier runs', () => {
  it('lists runs, the newest last, and shows a damaged one as such', async () => {
    await using at = await recorded('straight', straight);
    await espalier(['run', 'straight', 'again'], { cwd: at.path });
    await tamper(at.path, at.run, (text) => text.replace('run.started', 'run.begun'));
    const { exit, stdout } = await espalier(['runs'], { cwd: at.path });
    expect(stdout).toMatch(/^Run +Workflow +Status +Outcome +Started +Took\n/);
    expect(stdout).toMatch(new RegExp(`${at.run} +journal\\.corrupt`));
    expect(stdout).toMatch(/straight +completed +success/);
    expect(exit).toBe(0);
    const limited = JSON.parse((await espalier(['runs', '--limit', '1', '--json'], { cwd: at.path })).stdout);
    expect(limited).toMatchObject({ total: 2, runs: [{ workflow: 'straight', outcome: 'success' }] });
  });

  it('says so when there are none, and writes nothing', async () => {
    await using at = await temporaryDirectory();
    const { exit, stdout } = await espalier(['runs'], { cwd: at.path });
    expect(stdout).toBe('There are no runs yet.\n');
    expect(exit).toBe(0);
    expect(await readdir(at.path)).toEqual([]);
    expect((await espalier(['inspect', 'last'], { cwd: at.path })).exit).toBe(3);
  });
});
