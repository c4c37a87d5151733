import { describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { forked, straight } from '../testing/workflows.fixture.ts';

async function recorded(workflow: string, files: Record<string, string>) {
  const at = await temporaryDirectory(files);
  await espalier(['run', workflow, 'hello'], { cwd: at.path });
  return at;
}

describe('espalier profile', () => {
  it('ENG-F shows where the time of a real run went, and what its end had to wait for', async () => {
    await using at = await recorded('forked', forked);
    const { exit, stdout } = await espalier(['profile', 'last'], { cwd: at.path });
    expect(stdout).toMatch(/^Run {6}run_\w+\nWorkflow forked\nTook +\d+ ms, \d+ events\n/);
    expect(stdout).toMatch(/^Path {5}slow \d+ ms/m);
    expect(stdout).toMatch(/^ {2}broken +1 +1 .*▏?/m);
    expect(stdout).toMatch(/^Timeline\n +0 +\d+ ms\n/m);
    expect(stdout).not.toContain('\u001b');
    expect(exit).toBe(0);
  });

  it('ENG-F prints with --json one object with everything: timers, counters, gauges', async () => {
    await using at = await recorded('forked', forked);
    const { stdout } = await espalier(['profile', 'last', '--json', '--top', '1'], { cwd: at.path });
    const profile = JSON.parse(stdout);
    expect(profile).toMatchObject({
      workflow: 'forked',
      status: 'completed',
      ended: true,
      counters: { nodes: 7, effects: 2, retries: 0, tasks: 4 },
      tasks_alive: { last: 0, max: 4 },
    });
    const slow = profile.nodes.find((node: { node: string }) => node.node === 'slow');
    expect(slow.durations.max_ms).toBeGreaterThanOrEqual(50); // the arm sleeps for 60 ms by another clock
    expect(profile.effects).toHaveLength(2);
  });

  it.each([
    ['effect', /^ {2}handler .*arms\.ts#slow +1 /m],
    ['task', /^ {2}root\/fork\.2 +1 +1 /m],
  ])('lists by %s', async (by, expected) => {
    await using at = await recorded('forked', forked);
    expect((await espalier(['profile', 'last', '--by', by], { cwd: at.path })).stdout).toMatch(expected);
  });

  it.each([{ TERM: 'dumb' }, { LC_ALL: 'C' }, { LANG: 'de_DE.ISO-8859-1' }])('draws in plain ASCII with %o', async (environment) => {
    await using at = await recorded('forked', forked);
    const { stdout } = await espalier(['profile', 'last'], { cwd: at.path, environment });
    expect(stdout).toContain('####');
    expect(stdout).not.toMatch(/[█▉▊▋▌▍▎▏░▸]/);
  });

  it('profiles a run without anything that takes time', async () => {
    await using at = await recorded('straight', straight);
    const { exit, stdout } = await espalier(['profile', 'last'], { cwd: at.path });
    expect(stdout).toMatch(/work +1 +–/);
    expect(stdout).not.toContain('Timeline');
    expect(exit).toBe(0);
  });

  it.each([
    { words: ['nowhere'], exit: 3, message: 'There is no run "nowhere"' },
    { words: ['last', '--by', 'colour'], exit: 2, message: 'Allowed choices are node, effect, task.' },
    { words: ['last', '--top', '0'], exit: 2, message: 'Expected a whole number from 1.' },
  ])('refuses $words with exit $exit', async ({ words, exit, message }) => {
    await using at = await recorded('straight', straight);
    const ended = await espalier(['profile', ...words], { cwd: at.path });
    expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain(message);
    expect(ended.exit).toBe(exit);
  });
});
