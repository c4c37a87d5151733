import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { failing, forked, straight, writing } from '../testing/workflows.fixture.ts';

/** The escape character: nothing that a workflow says may bring it to a terminal. */
const escapeCharacter = '\u001b';

describe('espalier run', () => {
  it('shows every node, the file written with its path, the run and what to type next', async () => {
    await using at = await temporaryDirectory(writing);
    const { exit, stdout, stderr } = await espalier(['run', 'writing', '--workspace', 'out', 'Draft', 'a', 'note', 'about', 'apples'], {
      cwd: at.path,
    });
    expect(stderr).toMatch(/✓ draft {2}Draft it +\d+ ms {2}offline\/text\n/);
    expect(stderr).toMatch(/✓ write .*\n {4}↳ write_file {2}path: notes\/draft\.md, content: \(\d+ characters\)\n/);
    expect(stdout).toMatch(/^\nSuccess, exit done, after .+/);
    expect(stdout).toMatch(/Wrote {4}out\/notes\/draft\.md {2}\(\d+ B\)/);
    expect(stdout.match(/not a language model/g)).toHaveLength(1);
    expect(stdout).toMatch(/Next {5}espalier inspect run_\w+\n +espalier verify run_\w+\n$/);
    expect(exit).toBe(0);
    expect(await readFile(join(at.path, 'out/notes/draft.md'), 'utf8')).toContain('pples');
  });

  it('indents derived tasks, exits 0 for a partial success with a visible note, and spells out control characters', async () => {
    await using at = await temporaryDirectory(forked);
    const { exit, stdout, stderr } = await espalier(['run', 'forked', 'go'], { cwd: at.path });
    expect(stderr).toMatch(/\n {4}✓ quick .*fork\.0\n/);
    expect(stderr).toMatch(/\n {4}✗ broken .*fork\.1\n {6}this arm is broken \\u001b\[2J \(node\.handler_failed\)\n/);
    expect(stdout).toContain('Partial success');
    expect(stdout).toContain('Part of the work failed');
    expect(stdout + stderr).not.toContain(escapeCharacter);
    expect(exit).toBe(0);
  });

  it('keeps within 80 columns', async () => {
    await using at = await temporaryDirectory(forked);
    const { stdout, stderr } = await espalier(['run', 'forked', 'word '.repeat(60)], { cwd: at.path });
    const lines = `${stdout}${stderr}`.split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.length).toBeGreaterThan(10);
  });

  it('exits 1 when no exit is reached, says why, and shows no stack', async () => {
    await using at = await temporaryDirectory(failing);
    const { exit, stdout, stderr } = await espalier(['run', 'failing', '--input', '{"missing":"x"}'], { cwd: at.path });
    expect(stdout).toContain('Blocked');
    expect(stdout).toContain('work: ');
    expect(stdout + stderr).not.toMatch(/^ +at .*:\d+:\d+/m);
    expect(exit).toBe(1);
  });

  it('ENG-P shows what plugins write and what becomes of them on standard error, and the run goes on', async () => {
    const plugins = 'plugins: [{ id: log, module: ./log.mjs }, { id: broken, module: ./broken.mjs }]';
    const log = 'export const observe = ({ type }) => { if (type === "run.started") console.log("it \\u001b[2J began"); };';
    const files = { 'straight/plugins.yaml': plugins, 'straight/log.mjs': log, 'straight/broken.mjs': 'throw new Error("no luck");' };
    await using at = await temporaryDirectory({ ...straight, ...files });
    const { exit, stdout, stderr } = await espalier(['run', 'straight', '--json', '--input', '{}'], { cwd: at.path });
    expect(stderr).toContain('log: it \\u001b[2J began\n');
    expect(stderr).toContain('Plugin broken of straight is switched off: ./broken.mjs does not load: Error: no luck.\n');
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'success' });
    expect(exit).toBe(0);
  });

  it('prints one JSON object with --json and nothing else', async () => {
    await using at = await temporaryDirectory(writing);
    const { exit, stdout, stderr } = await espalier(['run', 'writing', 'Draft a note', '--json'], { cwd: at.path });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ workflow: 'writing', status: 'completed', outcome: 'success', ending: 'success', exit: 'done' });
    expect(report.files).toMatchObject([{ path: join(at.path, 'notes/draft.md'), media_type: 'text/markdown' }]);
    expect(report.notices).toEqual(['offline: a rule-based text engine, not a language model']);
    expect(exit).toBe(0);
  });

  it('prints with --events the events that the journal has', async () => {
    await using at = await temporaryDirectory(straight);
    const { stdout } = await espalier(['run', 'straight', 'hello', '--events'], { cwd: at.path });
    const inspected = await espalier(['inspect', 'last', '--events', '--json'], { cwd: at.path });
    const streamed = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(streamed.at(-1)).toMatchObject({ type: 'run.completed' });
    expect(streamed).toEqual(JSON.parse(inspected.stdout).events);
  });

  it.each([
    { name: 'the words as they are', words: ['{"a":', '1}'], output: '{"a": 1}' },
    { name: 'a text', words: ['--input', 'some text'], output: 'some text' },
    { name: 'JSON', words: ['--input', '{"a":[1]}'], output: { a: [1] } },
    { name: 'a JSON file', words: ['--input', '@in.json'], output: [1, 2] },
    { name: 'a text file', words: ['--input', '@in.txt'], output: '[3]\n' },
    { name: 'standard input, asked for', words: ['--input', '-'], stdin: 'from a pipe', output: 'from a pipe' },
    { name: 'standard input, piped', words: [], stdin: '{"piped":true}', output: { piped: true } },
    { name: 'a text that begins with a dash', words: ['--', '-1'], output: '-1' },
  ])('takes as input $name', async ({ words, stdin, output }) => {
    await using at = await temporaryDirectory({ ...straight, 'in.json': '[1,2]', 'in.txt': '[3]\n' });
    const ended = await espalier(['run', 'straight', '--json', ...words], { cwd: at.path, ...(stdin === undefined ? {} : { stdin }) });
    expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: 'success', output });
  });

  it.each([
    { name: 'no input', words: [], message: /needs an input/ },
    { name: 'two inputs', words: ['--input', 'a', 'b'], message: /Two inputs/ },
    { name: 'an empty input', words: ['  '], message: /is empty/ },
    { name: 'a file that is missing', words: ['--input', '@nowhere.txt'], message: /no such file/ },
    { name: 'a directory', words: ['--input', '@straight'], message: /directory/ },
    { name: 'a file that is no text', words: ['--input', '@binary'], message: /UTF-8/ },
    { name: 'a file that is no JSON', words: ['--input', '@broken.json'], message: /not JSON/ },
    { name: 'an unknown start', words: ['x', '--start', 'work'], message: /expected one of its starts: start/ },
    { name: 'an infinite number', words: ['--input', '[1e999]'], message: /not a JSON number/ },
    { name: 'a workspace that is a file', words: ['x', '--workspace', 'binary'], message: /cannot be a workspace/ },
    { name: 'an instruction for a resumed run', words: ['x', '--resume', 'last'], message: /input already/ },
  ])('refuses $name with exit 2', async ({ words, message }) => {
    await using at = await temporaryDirectory({ ...straight, binary: Buffer.from([0xff, 0xfe, 0x00]), 'broken.json': '{' });
    const ended = await espalier(['run', 'straight', ...words], { cwd: at.path });
    expect(ended.stderr.replaceAll('\n', ' ')).toMatch(message);
    expect(ended.stderr).toMatch(/^Error: /m);
    expect(ended.exit).toBe(2);
  });

  it('keeps runs where ESPALIER_STATE or --state says', async () => {
    await using at = await temporaryDirectory(straight);
    const first = await espalier(['run', 'straight', 'x'], { cwd: at.path, environment: { ESPALIER_STATE: 'one' } });
    const second = await espalier(['run', 'straight', 'x', '--state', 'two'], { cwd: at.path, environment: { ESPALIER_STATE: 'one' } });
    expect(first.exit).toBe(0);
    expect(second.stdout).toMatch(/espalier verify run_\w+ --state two/);
    for (const state of ['one', 'two']) {
      const runs = await espalier(['runs', '--state', state, '--json'], { cwd: at.path });
      expect(JSON.parse(runs.stdout)).toMatchObject({ total: 1 });
    }
  });
});
