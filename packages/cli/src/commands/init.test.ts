import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';

describe('espalier init', () => {
  it('writes a workflow that validates and runs: its example through the agent, a short text through the handler', async () => {
    await using at = await temporaryDirectory();
    const made = await espalier(['init', 'my notes'], { cwd: at.path });
    expect(made.stdout).toContain("espalier validate 'my notes'");
    expect(made.exit).toBe(0);
    expect((await espalier(['validate', 'my notes'], { cwd: at.path })).exit).toBe(0);

    const example = await espalier(['run', 'my notes'], { cwd: at.path });
    expect(example.stderr).toContain('No instruction given: using the example of this workflow');
    expect(example.stderr).toMatch(/✓ summarise .*offline\/text/);
    expect(example.stdout).toContain('words: 65');

    const short = await espalier(['run', 'my notes', 'Buy', 'milk'], { cwd: at.path });
    expect(short.stderr).toMatch(/✓ decide .*→ short\n {2}✓ keep /);
    expect(short.stdout).toContain('summary: Buy milk\n  words: 2');
    expect(short.stdout).not.toContain('language model');
  });

  it('overwrites nothing and writes nothing beside what is there', async () => {
    await using at = await temporaryDirectory({ 'mine/agents.yaml': 'mine' });
    const { exit, stderr } = await espalier(['init', 'mine'], { cwd: at.path });
    expect(stderr.replaceAll('\n', ' ')).toContain('holds files that would be overwritten: agents.yaml.');
    expect(exit).toBe(2);
    expect(await readFile(join(at.path, 'mine/agents.yaml'), 'utf8')).toBe('mine');
    await expect(readFile(join(at.path, 'mine/workflow.yaml'))).rejects.toThrow('ENOENT');
  });

  it('names the templates when asked for an unknown one, and refuses a place where nothing can be written', async () => {
    await using at = await temporaryDirectory();
    const unknown = await espalier(['init', 'x', '--template', 'maxi'], { cwd: at.path });
    expect(unknown.stderr).toMatch(/Allowed choices\s+are mini/);
    await writeFile(join(at.path, 'file'), '');
    const onFile = await espalier(['init', 'file', '--json'], { cwd: at.path });
    expect(JSON.parse(onFile.stdout)).toMatchObject({ error: { code: 'input.invalid', message: expect.stringContaining('Cannot write') } });
    expect([unknown.exit, onFile.exit]).toEqual([2, 2]);
  });
});
