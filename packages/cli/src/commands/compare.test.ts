import { rm } from 'node:fs/promises';
import type { RunComparison } from '@espalier/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparisonReport } from '../output/comparison-report.ts';
import { createStyle } from '../output/style.ts';
import { textWidth } from '../output/text-width.ts';
import { espalier, temporaryDirectory } from '../testing/espalier.fixture.ts';
import { straight } from '../testing/workflows.fixture.ts';

/** Checks parcels one by one, and sends them if none is too heavy. Its handler says so in words that nobody should trust. */
const parcels = {
  'parcels/workflow.yaml': `
concurrency: 1
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true }
  - { id: each, kind: deterministic, role: split, split: { over: parcels } }
  - { id: weigh, kind: deterministic, role: linear, handler: ./weigh.ts#weigh }
  - { id: gather, kind: deterministic, role: merge }
  - { id: choose, kind: deterministic, role: decision, handler: decide, with: { rules: [{ when: 'true in output.heavy', label: hold }, { when: 'true', label: send }] } }
  - { id: hold, kind: deterministic, role: exit, always_fail: true }
  - { id: send, kind: deterministic, role: exit }
edges:
  - { from: start, to: each }
  - { from: each, to: weigh }
  - { from: weigh, to: gather }
  - { from: gather, to: choose }
  - { from: choose, to: hold, label: hold }
  - { from: choose, to: send, label: send }
`,
  'parcels/weigh.ts': `
export function weigh(parcel: { kg: number }) {
  return { note: 'weighed \\u001b[2J with the utmost care, as always and ever: ' + parcel.kg + ' kg', heavy: parcel.kg > 20 };
}
`,
};

let cwd: string;
let light: string;
let heavy: string;

async function run(workflow: string, input: unknown): Promise<string> {
  const { stdout } = await espalier(['run', workflow, '-i', JSON.stringify(input), '--json'], { cwd });
  return String(JSON.parse(stdout).run);
}

beforeAll(async () => {
  ({ path: cwd } = await temporaryDirectory({ ...parcels, ...straight }));
  light = await run('parcels', { parcels: [{ kg: 2 }, { kg: 3 }] });
  heavy = await run('parcels', { parcels: [{ kg: 2 }, { kg: 30 }, { kg: 4 }] });
});

afterAll(() => rm(cwd, { recursive: true }));

const printed = async (...words: string[]) => espalier(words, { cwd });

describe('ENG-T2 espalier compare', () => {
  it('shows in two columns how the runs ended, where they part and why, and what they put out and called', async () => {
    const { stdout, exit } = await printed('compare', light, heavy);
    expect(stdout).toMatch(new RegExp(`^Run +${light} +${heavy}\n`));
    expect(stdout).toMatch(/^Status +completed, success, exit send +completed, failure, exit hold$/m);
    expect(stdout).toContain('Input\n  ~ /parcels/1/kg  3 → 30\n  + /parcels/2  {"kg":4}\n');
    expect(stdout).toMatch(/First difference: node start of root \(event 2\) put out something else\n/);
    expect(stdout).toMatch(/Ways part: only the run on the right has the task root\/each\.2\n/);
    expect(stdout).toMatch(/^ {2}≠ {2}✓ choose → send +✓ choose → hold$/m);
    expect(stdout).toMatch(/^ {2}≠ {2}✓ send +✗ hold exit\.always_fail$/m);
    expect(stdout).toMatch(/^ {5}no such task +merged$/m);
    expect(stdout).toContain('1 task the same: root/each.0\n');
    expect(stdout).toMatch(/^ {2}handler .*weigh.* 2 performed +3 performed$/m);
    expect(stdout).not.toContain('\u001b');
    expect(exit).toBe(0);
  });

  it('shows of long texts where they differ', async () => {
    const { stdout } = await printed('compare', light, heavy);
    expect(stdout).toMatch(/~ \/1\/output\/note {2}…"ways and ever: 3 kg" → …"ways and ever: 30 kg"\n/);
  });

  it('says that a run is like itself', async () => {
    const { stdout } = await printed('compare', light, light);
    expect(stdout).toContain('The routes are the same: 3 tasks, every step and every output\n');
    expect(stdout).toContain('The outputs are the same.\n');
  });

  it('compares runs of different workflows, and says so', async () => {
    const other = await run('straight', 'hello');
    const { stdout, exit } = await printed('compare', other, light);
    expect(stdout.replaceAll('\n', ' ')).toContain('They are runs of different workflows: tasks and nodes are compared by their names.');
    expect(exit).toBe(0);
  });

  it('fits the terminal, in columns or, where that is too narrow, one below the other; --json has everything', async () => {
    const { stdout } = await printed('compare', light, heavy, '--json');
    const comparison: RunComparison = JSON.parse(stdout);
    expect(comparison).toMatchObject({
      same_workflow: true,
      left: { run: light, tokens: null },
      route: { parting: { task: 'root/each.2', reason: 'task' } },
    });
    for (const width of [40, 63, 64, 80, 120]) {
      const lines = comparisonReport(comparison, { width, style: createStyle(false) }).split('\n');
      expect(lines.filter((line) => textWidth(line) > width)).toEqual([]);
      expect(lines.some((line) => line === '> ✗ hold exit.always_fail' || line === '>   ✗ hold exit.always_fail')).toBe(width < 64);
    }
  });

  it('is coloured on a terminal, line by line', async () => {
    const comparison: RunComparison = JSON.parse((await printed('compare', await run('straight', 'hello'), heavy, '--json')).stdout);
    const text = comparisonReport(comparison, { width: 80, style: createStyle(true) });
    expect(text).toContain('\u001b[32m✓ start');
    // Every colour that is begun on a line ends there.
    for (const line of text.split('\n')) expect(line.split('\u001b[').length % 2, line).toBe(1);
  });

  it('refuses a run that is not there', async () => {
    expect(await printed('compare', light, 'run_nowhere')).toMatchObject({ exit: 3, stdout: '' });
  });
});

describe('ENG-T1 espalier diff', () => {
  it('shows what changed between two events: the run, and task by task place, value and memory', async () => {
    const { stdout, exit } = await printed('diff', light, 'before:weigh', 'node:gather');
    expect(stdout).toMatch(new RegExp(`^Run {6}${light}\nFrom {5}event \\d+, .*\nTo {7}event \\d+, node\\.completed \\(gather of root\\)`));
    expect(stdout).toMatch(/^ {2}→ root {2}each → choose, ready$/m);
    expect(stdout).toMatch(/^ {2}■ root\/each\.1 {2}weigh → gather, merged$/m);
    expect(stdout).toMatch(/^ {6}\+ remembers weigh {2}\{"heavy":false|^ {6}\+ remembers weigh {2}\{"note":/m);
    expect(stdout).not.toContain('\u001b');
    expect(exit).toBe(0);
  });

  it('goes to the last event unless told otherwise, takes events from the end, and may look back', async () => {
    const whole = await printed('diff', light, '1');
    expect(whole.stdout).toMatch(/^ {2}~ \/status {2}"running" → "completed"$/m);
    const back = await printed('diff', light, '-1', '-2');
    expect(back.stdout).toMatch(/^ {2}~ \/status {2}"completed" → "running"$/m);
    expect((await printed('diff', light, '3', '3')).stdout).toContain('The states are the same.\n');
  });

  it('prints with --json one object with changes that can be applied', async () => {
    const { stdout } = await printed('diff', light, '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      before: { run: light, seq: 1 },
      run: expect.arrayContaining([{ op: 'replace', path: '/status', before: 'running', after: 'completed' }]),
      tasks: [{ task: 'root', kind: 'ended' }, { task: 'root/each.0', kind: 'appeared' }, { task: 'root/each.1' }],
    });
  });

  it.each([
    ['node:wiegh', /Node wiegh was not performed in run run_\w+\. Did you mean\s+weigh\?/],
    ['99', /there is no\s+event 99/],
    ['soon', /Expected an event such as 12/],
  ])('refuses %s', async (event, message) => {
    const { stderr, exit } = await printed('diff', light, event);
    expect(stderr).toMatch(message);
    expect(exit).toBe(2);
  });
});

describe('ENG-T1 ENG-I espalier inspect --at', () => {
  it('shows where the tasks were, what they held and which calls were open', async () => {
    const { stdout } = await printed('inspect', light, '--events');
    const open = /^ *(\d+) .*effect\.started/m.exec(stdout)?.[1] ?? '';
    const state = await printed('inspect', light, '--at', open);
    expect(state.stdout).toMatch(/^Status {3}running$/m);
    expect(state.stdout).toMatch(new RegExp(`^At {7}event ${open}, effect\\.started \\(weigh of root/each\\.0\\)`, 'm'));
    expect(state.stdout).toMatch(/^Tasks {4}3 tasks alive, 0 ended$/m);
    expect(state.stdout).toMatch(/^root\/each\.0 {2}weigh {2}running {2}\{"kg":2\}$/m);
    expect(state.stdout).toMatch(/^root\/each\.0 {2}handler {2}\S*weigh {2}open$/m);
  });

  it('shows the root task and what it remembers of a run that has ended', async () => {
    const { stdout } = await printed('inspect', heavy, '--at', '-1');
    expect(stdout).toMatch(/^Tasks {4}0 tasks alive, 4 ended$/m);
    expect(stdout).toMatch(/^root {2}hold {2}completed {2}\[/m);
    expect(stdout).toMatch(/^root +weigh +\d+ {2}\{/m);
    expect(stdout).not.toContain('\u001b');
  });

  it('has with --json the state with all that is remembered', async () => {
    const report = JSON.parse((await printed('inspect', light, '--at', 'node:gather', '--json')).stdout);
    expect(report.state.tasks.root.memory).toHaveLength(4);
    expect(report.state.tasks.root.memory[1]).toMatchObject({ node: 'weigh', output: { heavy: false } });
    expect(report.run).toBe(light);
  });
});
