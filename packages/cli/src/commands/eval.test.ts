import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { embedded, espalier, spawnEspalier, temporaryDirectory } from '../testing/espalier.fixture.ts';

const workflow = `
id: judged
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: done, kind: deterministic, role: exit }
edges: [{ from: start, to: done }]
`;

const agents = 'agents: [{ id: writer, llm: offline/text, prompt: Write. }]';
const asking = workflow
  .replace('  - { id: done', '  - { id: write, kind: agent, role: linear, agent_id: writer }\n  - { id: done')
  .replace('{ from: start, to: done }', '{ from: start, to: write }, { from: write, to: done }');

interface Case {
  id: string;
  input: unknown;
  assertions: object[];
}

const equals = (id: string, input: unknown, expected: unknown): Case => ({ id, input, assertions: [{ type: 'equals', expected }] });
const suite = (...cases: Case[]) => JSON.stringify({ suites: [{ name: 'smoke', cases }] });
const files = (evaluations: string) => ({ 'judged/workflow.yaml': workflow, 'judged/evaluations.json': evaluations });
const passing = files(suite(equals('one', 1, 1), equals('two', { a: ['x'] }, { a: ['x'] })));
const mixed = files(suite(equals('one', 1, 1), equals('two', { a: 'wrong \u001b[2J' }, { a: 'right' })));

describe('espalier eval', () => {
  it('ENG-E exits with 0 if every case passes, and shows a table', async () => {
    await using at = await temporaryDirectory(passing);
    const { exit, stdout, stderr } = await espalier(['eval', 'judged'], { cwd: at.path });
    expect(stdout).toMatch(/^ +Outcome +Took +Assertions +Case\n✓ +passed +\S+ ms +1 of 1 +smoke\/one\n✓ +passed .* smoke\/two\n/);
    expect(stdout).toMatch(/\njudged: 2 cases, 2 passed, after .*\nKept as {2}eval_\w{18}\n$/);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
  });

  it('ENG-E exits with 1 if one fails, and says what was expected and what was there, without control characters', async () => {
    await using at = await temporaryDirectory(mixed);
    const { exit, stdout } = await espalier(['eval', 'judged'], { cwd: at.path });
    expect(stdout).toMatch(/\n✗ smoke\/two {2}run_\w+\n {2}equals\n {4}expected {2}a: right\n {4}actual {4}a: wrong \\u001b\[2J\n/);
    expect(stdout).toContain('judged: 2 cases, 1 passed, 1 failed');
    expect(stdout).toMatch(/Next {5}espalier inspect run_\w+\n/);
    expect(stdout).not.toContain('\u001b');
    expect(exit).toBe(1);
  });

  it.each([
    ['a broken manifest', files(suite(equals('one', 1, 1)).replace('"equals"', '"equalls"')), [], /manifest\.invalid/],
    ['no cases', files('{}'), [], /declares no cases/],
    ['a filter that nothing matches', passing, ['--filter', 'three'], /there are: smoke\/one, smoke\/two/],
    ['a baseline that is no evaluation', passing, ['--baseline', 'judged/evaluations.json'], /holds no evaluation/],
    ['a place where nothing can be written', passing, ['--junit', 'judged/workflow.yaml/x.xml'], /cannot be written/],
    ['no cases at a time', passing, ['--concurrency', '0'], /whole number from 1/],
  ])('ENG-E exits with 2 for %s', async (_, given, words, message) => {
    await using at = await temporaryDirectory(given);
    const { exit, stderr } = await espalier(['eval', 'judged', ...words], { cwd: at.path });
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(message);
    expect(exit).toBe(2);
  });

  it('ENG-E --json prints one object, which can be the baseline of a later evaluation', async () => {
    await using at = await temporaryDirectory(mixed);
    const first = await espalier(['eval', 'judged', '--json'], { cwd: at.path });
    const evaluation = JSON.parse(first.stdout);
    expect(evaluation).toMatchObject({
      workflow: 'judged',
      counts: { passed: 1, failed: 1, errored: 0 },
      cases: [{ case: 'one' }, { case: 'two' }],
    });
    expect(first.exit).toBe(1);
    await writeFile(join(at.path, 'baseline.json'), first.stdout);
    const again = await espalier(['eval', 'judged', '--baseline', 'baseline.json', '--json'], { cwd: at.path });
    expect(JSON.parse(again.stdout).comparison.cases).toMatchObject([{ change: 'still_passing' }, { change: 'still_failing' }]);
    expect(again.exit).toBe(0);
  });

  it('ENG-E --baseline last tolerates what failed before and nothing else', async () => {
    await using at = await temporaryDirectory(mixed);
    const first = await espalier(['eval', 'judged', '--baseline', 'last'], { cwd: at.path });
    expect(first.stderr).toContain('There is no earlier evaluation');
    expect(first.exit).toBe(1);
    expect((await espalier(['eval', 'judged', '--baseline', 'last'], { cwd: at.path })).exit).toBe(0);
    await writeFile(join(at.path, 'judged/evaluations.json'), suite(equals('one', 1, 2), equals('two', 1, 1)));
    const third = await espalier(['eval', 'judged', '--baseline', 'last'], { cwd: at.path });
    expect(third.stdout).toMatch(/newly failing +.* smoke\/one\n/);
    expect(third.stdout).toMatch(/newly passing +other output .* smoke\/two\n/);
    expect(third.stdout).toContain('Files    changed: evaluations.json');
    expect(third.stdout).toMatch(/1 newly failing, 1 newly passing; 1 case with another output\n$/);
    expect(third.exit).toBe(1);
    const unknown = await espalier(['eval', 'judged', '--baseline', 'eval_none'], { cwd: at.path });
    expect(unknown.stderr).toContain('evaluation.not_found');
    expect(unknown.exit).toBe(3);
  });

  it('ENG-E --junit writes the report of CI servers, --filter and --workspaces do what they say', async () => {
    await using at = await temporaryDirectory(mixed);
    const words = ['eval', 'judged', '--junit', 'reports/eval.xml', '--filter', 'smoke/two', '--workspaces', 'kept'];
    expect((await espalier(words, { cwd: at.path })).exit).toBe(1);
    const xml = await readFile(join(at.path, 'reports/eval.xml'), 'utf8');
    expect(xml).toContain('<testsuites name="judged" tests="1" failures="1" errors="0"');
    expect(xml).toContain('wrong \ufffd[2J');
    const [evaluation = ''] = await readdir(join(at.path, 'kept'));
    expect(await readdir(join(at.path, 'kept', evaluation, '1-smoke'))).toEqual(['two']);
  });

  it('ENG-E labels what a model that is no language model said', async () => {
    await using at = await temporaryDirectory({ ...passing, 'judged/workflow.yaml': asking, 'judged/agents.yaml': agents });
    const { stdout } = await espalier(['eval', 'judged'], { cwd: at.path });
    expect(stdout).toMatch(/Models +Case\n.*offline\/text +smoke\/one\n/);
    expect(stdout).toMatch(/^Note +offline: a rule-based text engine, not a language model$/m);
  });

  it('ENG-E Ctrl-C cancels what is under way and keeps nothing', async () => {
    const hang =
      "import { writeSync } from 'node:fs'; export const hang = () => { writeSync(2, 'hanging'); return new Promise(() => {}); };";
    const hanging = workflow.replace('handler: pass', 'handler: ./hang.ts#hang');
    await using at = await temporaryDirectory({ ...passing, 'judged/workflow.yaml': hanging, 'judged/hang.ts': hang });
    const ended = await spawnEspalier(['eval', 'judged'], { cwd: at.path, signals: [{ after: 'hanging', signal: 'SIGINT' }] });
    expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain('The evaluation was cancelled after 0 of 2 cases');
    expect(ended.exit).toBe(1);
    expect((await espalier(['eval', 'history'], { cwd: at.path })).stdout).toBe('There are no evaluations yet.\n');
  });
});

describe.each([
  ['files', {}],
  ['the embedded database', embedded],
])('espalier eval history and compare, in %s', (_, environment) => {
  it('ENG-E list evaluations and show what is different between two of them', async () => {
    await using at = await temporaryDirectory(passing);
    const evaluate = async (...words: string[]) => espalier(['eval', ...words], { cwd: at.path, environment });
    expect((await evaluate('compare')).exit).toBe(3);
    expect((await evaluate('history')).stdout).toBe('There are no evaluations yet.\n');
    await evaluate('judged');
    const alone = await evaluate('compare');
    expect(alone.stderr).toContain('comparing takes');
    expect(alone.exit).toBe(3);
    await writeFile(join(at.path, 'judged/evaluations.json'), suite(equals('one', 1, 2), equals('two', { a: ['x'] }, { a: ['x'] })));
    await evaluate('judged');
    const { evaluations } = JSON.parse((await evaluate('history', '--json')).stdout);
    expect(evaluations).toMatchObject([
      { workflow: 'judged', passed: 2, failed: 0, errored: 0 },
      { passed: 1, failed: 1 },
    ]);
    expect((await evaluate('history', '--limit', '1')).stdout).toMatch(/^Evaluation .*\neval_\w+ +1 +1 +0 .* judged\n$/);
    const compared = await evaluate('compare');
    expect(compared.stdout).toMatch(/newly failing .* smoke\/one\n\n✗ smoke\/one {2}run_\w+\n {2}equals\n/);
    expect(compared.stdout).toMatch(/1 newly failing, 1 still passing\n$/);
    expect(compared.exit).toBe(1);
    const [older, newer] = evaluations.map(({ evaluation }: { evaluation: string }) => evaluation);
    const back = await evaluate('compare', newer, older, '--json');
    expect(JSON.parse(back.stdout).cases).toMatchObject([{ change: 'newly_passing' }, { change: 'still_passing', output_changed: false }]);
    expect(back.exit).toBe(0);
    expect((await evaluate('compare', older)).exit).toBe(1);
  });
});
