import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embedded, espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';

const letter = {
  'letter/workflow.yaml': `
id: letter
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: greet, kind: deterministic, role: linear, handler: template, with: { template: 'Dear {{ name }}', into: greeting } }
  - { id: post, kind: deterministic, role: linear, handler: ./act.mjs#post }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: greet }, { from: greet, to: post }, { from: post, to: end }]
`,
  'letter/act.mjs': `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
export function post(input) {
  appendFileSync(join(import.meta.dirname, 'posted.log'), input.greeting + '. ');
  return { ...input, posted: true };
}
`,
};

/** A run of the letter to Ada, and a way to type further commands beside it. */
async function posted(environment: Record<string, string> = {}) {
  const at = await temporaryDirectory(letter);
  const type = async (...words: string[]) => {
    const { exit, stdout, stderr } = await espalier(words, { cwd: at.path, environment });
    return { exit, stdout, stderr, said: stderr.replaceAll(/\s+/g, ' ') };
  };
  const json = async (...words: string[]) => JSON.parse((await type(...words, '--json')).stdout);
  const { run } = await json('run', 'letter', '-i', '{"name":"Ada"}');
  const log = () => readFile(join(at.path, 'letter/posted.log'), 'utf8');
  return { ...at, run: String(run), type, json, log };
}

const toGrace = ['--at', 'node:begin', '--change', '/name=Grace'];

describe('espalier fork', () => {
  it('S3 shows where it branches off and what is changed, and withholds what is risky', async () => {
    await using at = await posted();
    const { exit, stdout, stderr } = await at.type('fork', at.run, ...toGrace);
    expect(stderr).toMatch(new RegExp(`^letter {2}run_\\w+\\n {2}forked from ${at.run} at event 2\\n {2}~ /name {2}"Ada" → "Grace"\\n`));
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /did not perform handler \.\/act\.mjs#post: its risk is high.*--live.*\(effect\.withheld\)/,
    );
    expect(stdout).toMatch(new RegExp(`Next {5}espalier inspect run_\\w+\\n {9}espalier compare ${at.run} run_\\w+`));
    expect(exit).toBe(1);
    expect(await at.log()).toBe('Dear Ada. ');
  });

  it('S3 live it performs everything', async () => {
    await using at = await posted();
    const { exit, stderr } = await at.type('fork', at.run, ...toGrace, '--live');
    expect(stderr).not.toContain('withheld');
    expect(exit).toBe(0);
    expect(await at.log()).toBe('Dear Ada. Dear Grace. ');
  });

  it('S3 without edits reuses what is on record', async () => {
    await using at = await posted();
    expect(await at.json('fork', 'last', '--at', '1')).toMatchObject({
      outcome: 'success',
      output: { name: 'Ada', greeting: 'Dear Ada', posted: true },
    });
    expect(await at.log()).toBe('Dear Ada. ');
    const { stdout } = await at.type('inspect', 'last');
    expect(stdout).toContain(`Forked   from ${at.run} at event 1`);
    expect(stdout).toContain('1 result reused');
    expect(await at.type('verify', 'last', '--recompute')).toMatchObject({ exit: 0 });
  });

  it('ENG-T2 takes another output, another input and another parameter', async () => {
    await using at = await posted();
    await writeFile(join(at.path, 'grace.json'), '{"name":"Grace"}');
    for (const edit of [
      ['--output', '{"name":"Grace"}'],
      ['--input', '@grace.json'],
    ]) {
      expect(await at.json('fork', at.run, '--at', 'node:begin', ...edit, '--live')).toMatchObject({ output: { greeting: 'Dear Grace' } });
    }
    const changed = await at.type('fork', at.run, '--at', '1', '--set', 'nodes.greet.with.template=Hi {{ name }}', '--live');
    expect(changed.stderr).toContain('= nodes.greet.with.template  "Hi {{ name }}"');
    expect(changed.stdout).toContain('greeting: Hi Ada');
  });

  it('says of a mistyped field that it is new', async () => {
    await using at = await posted();
    expect((await at.type('fork', at.run, '--at', 'node:begin', '--change', '/naem=Grace')).stderr).toContain('+ /naem  "Grace"');
  });

  it.each([
    { words: ['--at', 'nonsense'], exit: 2, says: 'Expected an event such as 12' },
    { words: ['--at', 'node:gret'], exit: 2, says: 'Did you mean greet?' },
    { words: ['--at', '99'], exit: 2, says: 'there is no event 99' },
    { words: ['--at', '-1'], exit: 2, says: 'nothing left to do' },
    { words: [], exit: 2, says: "'--at <place>' not specified" },
    { words: ['--at', 'node:begin', '--change', '/address/city=Bath'], exit: 2, says: 'no /address to change: found name' },
    { words: ['--at', 'node:begin', '--change', 'name=Grace'], exit: 2, says: 'JSON Pointer, such as /name' },
    { words: ['--at', 'node:begin', '--change', '/name'], exit: 2, says: 'expected name=value' },
    { words: ['--at', 'node:begin', '--change', '/name=x', '--output', '1'], exit: 2, says: 'leave one out' },
    { words: ['--at', 'node:begin', '--task', 'root/x', '--output', '1'], exit: 2, says: 'expected one of root' },
    { words: ['--at', '1', '--set', 'nodes.post.risk=low'], exit: 2, says: 'with, timeout, context, budget' },
    { words: ['--at', '1', '--set', 'nodes.pots.timeout=5s'], exit: 2, says: 'did you mean post' },
    { words: ['--at', '1', '--set', 'edges.0.to=end'], exit: 2, says: 'begins with nodes. or agents.' },
    { words: ['--at', '1', '--input', '@missing.json'], exit: 2, says: 'missing.json: there is no such file' },
    { words: ['--at', '1', '--paused'], exit: 2, says: 'begins paused' },
  ])('refuses $words and says: $says', async ({ words, exit, says }) => {
    await using at = await posted();
    const refused = await at.type('fork', at.run, ...words);
    expect(refused.said).toContain(says);
    expect([refused.exit, refused.stdout]).toEqual([exit, '']);
    expect(await at.json('runs')).toMatchObject({ total: 1 });
  });

  it('of runs in files cannot be adopted, nor can one go back in them, and it is said why', async () => {
    await using at = await posted();
    await at.type('fork', at.run, ...toGrace);
    for (const words of [
      ['adopt', 'last'],
      ['rewind', at.run, '--at', '1'],
    ]) {
      const { said, exit } = await at.type(...words);
      expect(said).toContain('needs the database; these runs are kept in files. Leave --journal file out. ');
      expect(exit).toBe(2);
    }
  });
});

describe('forks in the embedded database', () => {
  it('S3 adopt makes a fork the current run of its task, once', async () => {
    await using at = await posted(embedded);
    const { run: fork } = await at.json('fork', at.run, ...toGrace, '--live');
    expect(await at.json('adopt', fork)).toEqual({ run: fork, task: expect.stringMatching(/^task_/), previous: at.run });
    const again = await at.type('adopt', fork);
    expect(again.said).toMatch(/is the current run of task_\w+ already.*\[run\.not_adoptable\]/);
    const original = await at.type('adopt', at.run);
    expect(original.said).toMatch(/is no fork: there is nothing to adopt.*\[run\.not_adoptable\]/);
    expect([again.exit, original.exit]).toEqual([4, 4]);
    const kept = await at.type('discard', fork);
    expect([kept.exit, kept.said]).toEqual([4, expect.stringMatching(/is the current run of task_\w+\..*\[run\.not_discardable\]/)]);
    const { run: other } = await at.json('fork', fork, '--at', '1');
    expect((await at.type('adopt', other)).stdout).toMatch(
      new RegExp(`^${other} is the current run of task_\\w+, in the place of ${fork}\\.\n$`),
    );
  });

  it('ENG-T2 discard gives a fork up for good', async () => {
    await using at = await posted(embedded);
    const { run: fork } = await at.json('fork', at.run, ...toGrace);
    expect(await at.type('discard', fork)).toMatchObject({ exit: 0, stdout: `${fork} is discarded; its journal stays.\n` });
    expect(await at.json('discard', fork)).toEqual({ run: fork, discarded: true });
    expect((await at.type('adopt', fork)).said).toContain('it was discarded');
    expect(await at.type('inspect', fork)).toMatchObject({ exit: 0 });
    const original = await at.type('discard', at.run);
    expect([original.exit, original.said]).toEqual([4, expect.stringContaining('is no fork')]);
  });

  it('ENG-T3 rewind goes back, adopts, and acts as its parent did', async () => {
    await using at = await posted(embedded);
    const rewound = await at.json('rewind', at.run, ...toGrace);
    expect(rewound).toMatchObject({ outcome: 'success', output: { greeting: 'Dear Grace', posted: true } });
    expect(await at.log()).toBe('Dear Ada. Dear Grace. ');
    expect((await at.type('adopt', rewound.run)).said).toContain('already');
  });

  it('ENG-I a paused fork performs one node for each step, and resume takes it to its end', async () => {
    await using at = await posted(embedded);
    const begun = await at.type('fork', at.run, ...toGrace, '--live', '--paused');
    const fork = /run_\w+/.exec(begun.stderr)?.[0] ?? '';
    expect(begun.stderr).toContain(
      `Paused. To let it go on, or perform one more node:\n  espalier resume ${fork}\n  espalier step ${fork}\n`,
    );
    expect([begun.exit, begun.stdout, await at.log()]).toEqual([0, '', 'Dear Ada. ']);
    const first = await at.type('step', fork);
    expect(first.stderr).toMatch(new RegExp(`forked from ${at.run} at event 2\\n {2}✓ greet`));
    expect(first.stderr).not.toContain('post ');
    expect(await at.json('step', fork)).toMatchObject({ run: fork, status: 'paused', outcome: null, output: { posted: true } });
    expect(await at.log()).toBe('Dear Ada. Dear Grace. ');
    expect(await at.json('resume', fork)).toMatchObject({ run: fork, status: 'completed', outcome: 'success' });
    const ended = await at.type('step', fork);
    expect([ended.exit, ended.said]).toEqual([4, expect.stringContaining('[run.ended]')]);
    expect(await at.type('verify', fork)).toMatchObject({ exit: 0 });
  });

  it('a paused fork is adopted before it goes on', async () => {
    await using at = await posted(embedded);
    const { run: fork } = await at.json('rewind', at.run, ...toGrace, '--paused');
    expect(await at.log()).toBe('Dear Ada. ');
    expect((await at.type('adopt', fork)).said).toContain('already');
    expect(await at.json('resume', fork)).toMatchObject({ outcome: 'success' });
    expect(await at.log()).toBe('Dear Ada. Dear Grace. ');
  });
});

describe('espalier step', () => {
  it('is refused for a run that is not paused', async () => {
    await using at = await posted();
    const file = join(at.path, '.espalier/runs', at.run, 'journal.jsonl');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, `${lines[0]}\n`); // as if its process had died right after the start
    const { exit, said } = await at.type('step', at.run);
    expect(said).toContain('is not paused: pause it first');
    expect(exit).toBe(2);
  });
});

describe('espalier replay', () => {
  it('ENG-I performs a node again without calling anything, and says that it came to the same', async () => {
    await using at = await posted();
    const { exit, stdout } = await at.type('replay', at.run, 'node:post');
    expect(stdout).toMatch(/^= post of root, completed at event \d+, given 1 recorded result\n {2}✓ handler \.\/act\.mjs#post\n/);
    expect(stdout).toContain('The same result as then');
    expect(exit).toBe(0);
    expect(await at.log()).toBe('Dear Ada. ');
    expect(await at.json('runs')).toMatchObject({ total: 1 });
    expect(await at.json('replay', at.run, 'node:greet')).toMatchObject({ node: 'greet', isSame: true, calls: [] });
  });

  it('ENG-I shows what a changed node would have given, and exits 5', async () => {
    await using at = await posted();
    const file = join(at.path, 'letter/workflow.yaml');
    await writeFile(file, letter['letter/workflow.yaml'].replace('Dear', 'Hello'));
    const { exit, stdout } = await at.type('replay', at.run, 'node:greet', '--workflow', 'letter');
    expect(stdout).toMatch(/^≠ greet/);
    expect(stdout).toMatch(
      /Then\n {2}greeting: Dear Ada[\s\S]*Now\n {2}greeting: Hello Ada[\s\S]*Difference\n {2}~ \/greeting {2}"Dear Ada" → "Hello Ada"/,
    );
    expect(exit).toBe(5);
  });

  it.each([
    { place: '1', says: 'No node completed at event 1' },
    { place: 'node:nowhere', says: 'was not performed' },
    { place: 'greet', says: 'Expected an event such as 12' },
  ])('refuses $place', async ({ place, says }) => {
    await using at = await posted();
    const { exit, said } = await at.type('replay', at.run, place);
    expect([exit, said]).toEqual([2, expect.stringContaining(says)]);
  });
});
