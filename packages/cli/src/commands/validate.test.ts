import { describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { straight, writing } from '../testing/workflows.fixture.ts';

const broken = {
  ...writing,
  'writing/workflow.yaml': writing['writing/workflow.yaml'].replace('role: linear, agent_id: writer', 'rol: linear, agent_id: writter'),
  'writing/agents.yaml': writing['writing/agents.yaml'].replace('prompt:', 'promt:'),
};

describe('espalier validate', () => {
  it('lists every problem with its place, what was expected and the nearest name, by file (ENG-M1)', async () => {
    await using at = await temporaryDirectory(broken);
    const { exit, stdout } = await espalier(['validate', 'writing'], { cwd: at.path });
    expect(stdout).toMatch(/^writing\/workflow\.yaml:4:\d+ {2}manifest\.unknown_key {2}/m);
    expect(stdout).toContain('did you mean role?');
    expect(stdout).toMatch(/\n\nwriting\/agents\.yaml:3:\d+ {2}manifest\./);
    expect(stdout).toContain('did you mean prompt?');
    expect(stdout).toMatch(/\n\d+ problems in 2 files\n$/);
    expect(exit).toBe(2);
  });

  it('gives the same problems as JSON', async () => {
    await using at = await temporaryDirectory(broken);
    const { exit, stdout } = await espalier(['validate', 'writing', '--json'], { cwd: at.path });
    const { ok, problems } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(problems).toContainEqual(expect.objectContaining({ file: 'workflow.yaml', code: 'manifest.unknown_key', nearest: 'role' }));
    expect(exit).toBe(2);
  });

  it.each([
    ['an expression that does not parse', 'handler: transform, with: { expression: "1 +" }', /1 problem/],
    ['a parameter that the handler does not know', 'handler: transform, with: { expresion: "1" }', /expresion/],
    ['a module that does not load', 'handler: ./broken.ts#work', /broken\.ts/],
    ['a module without that export', 'handler: ./empty.ts#work', /empty\.ts exports no .*work/],
  ])('finds %s', async (_name, handler, message) => {
    await using at = await temporaryDirectory({
      'straight/workflow.yaml': straight['straight/workflow.yaml'].replace('role: linear', `role: linear, ${handler}`),
      'straight/broken.ts': 'export const work = ;',
      'straight/empty.ts': 'export const other = 1;',
    });
    const { exit, stdout } = await espalier(['validate', 'straight'], { cwd: at.path });
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(message);
    expect(exit).toBe(2);
  });

  it('says of a sound workflow what it holds', async () => {
    await using at = await temporaryDirectory(writing);
    const { exit, stdout } = await espalier(['validate', 'writing'], { cwd: at.path });
    expect(stdout).toContain('✓ writing is sound');
    expect(stdout).toMatch(/Nodes {4}4: 1 start, 2 linear, 1 exit\n/);
    expect(stdout).toContain('writer (offline/text)');
    expect(exit).toBe(0);
  });

  it.each([['nowhere'], ['straight/workflow.yaml']])('refuses %s, which is no directory', async (directory) => {
    await using at = await temporaryDirectory(straight);
    const { exit, stderr } = await espalier(['validate', directory], { cwd: at.path });
    expect(stderr).toContain('[input.invalid]');
    expect(exit).toBe(2);
  });
});
