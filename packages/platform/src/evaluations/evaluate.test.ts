import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { compareEvaluations, type EvaluationProgress, engineVersion, type RunHandle } from '../index.ts';
import { describePlatforms } from '../testing/describe-platforms.ts';

const workflow = `
id: judged
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: work, kind: deterministic, role: linear, handler: ./work.mjs#work }
  - { id: keep, kind: deterministic, role: linear, handler: tools, tools: [write_file], with: { plan: '{ "tool": "write_file", "input": { "path": name, "content": name } }' } }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: work }, { from: work, to: keep }, { from: keep, to: end }]
`;

const remembering = `
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: write, kind: agent, role: linear, agent_id: writer, remember: { store: project } }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: write }, { from: write, to: end }]
`;

const tools = `
tools:
  - { id: write_file, type: filesystem, entrypoint: builtin, risk: low, idempotent: true }
`;

const work = `
export const work = async (input) => {
  if (input.fail) throw new Error('as asked for');
  if (input.hang) await new Promise(() => {});
  await new Promise((resolve) => setTimeout(resolve, input.ms ?? 1));
  return { name: input.name ?? 'x' };
};
export const passes = () => true;
`;

type Case = { id: string; input: object; [more: string]: unknown };
const suites = (cases: Case[], more: object = {}) => JSON.stringify({ suites: [{ name: 'first', ...more, cases }] });
const succeeds = [{ type: 'status', expected: 'success' }];
const named = (id: string, more: object = {}): Case => ({ id, input: { name: id, ...more }, assertions: succeeds });

async function ran(handle: RunHandle): Promise<string> {
  await handle.ended;
  return handle.run;
}

await describePlatforms('evaluations', (at) => {
  const files = (evaluations: string) => ({ 'tools.yaml': tools, 'work.mjs': work, 'evaluations.json': evaluations });
  const directory = (cases: Case[], more: object = {}) => at.workflow(workflow, files(suites(cases, more)));

  it('ENG-E runs every case as a run of its own, judges it, and keeps what came of it', async () => {
    const wrong = [{ type: 'equals', field_path: 'name', expected: 'c' }, ...succeeds];
    const cases = [named('a'), { ...named('b'), assertions: wrong }, { ...named('c'), assertions: wrong, input: { fail: true } }];
    const evaluation = await at.platform.evaluate(await directory(cases));
    expect(evaluation).toMatchObject({
      workflow: 'judged',
      workflow_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      engine_version: engineVersion,
      notices: [],
      cases: [
        { suite: 'first', case: 'a', outcome: 'passed', ending: 'success', exit: 'end', output: { name: 'a' } },
        { suite: 'first', case: 'b', outcome: 'failed', assertions: [{ passed: false, expected: 'c', actual: 'b' }, { passed: true }] },
        { suite: 'first', case: 'c', outcome: 'failed', ending: 'blocked', reason: expect.stringContaining('as asked for') },
      ],
    });
    const [first] = evaluation.cases;
    expect(await at.platform.inspect(first?.run ?? '')).toMatchObject({ result: { outcome: 'success' } });
    expect(await at.platform.verify(first?.run ?? '')).toMatchObject({ ok: true, ended: true });
    if (at.adapter !== 'postgres') await at.platform.close(); // other storage belongs to one process at a time
    const again = await at.open();
    expect(await again.evaluation(evaluation.evaluation)).toEqual(evaluation);
    expect(await again.evaluations({ limit: 5 })).toMatchObject([
      { evaluation: evaluation.evaluation, workflow: 'judged', passed: 1, failed: 2, errored: 0 },
    ]);
  });

  it('ENG-E every case has a workspace of its own, which begins as the folder that it names', async () => {
    const root = await directory([{ ...named('one'), workspace: './fixtures/full' }, named('two')]);
    await mkdir(join(root, 'fixtures', 'full'), { recursive: true });
    await writeFile(join(root, 'fixtures', 'full', 'kept.md'), 'kept');
    const kept = join(root, 'kept');
    const { evaluation } = await at.platform.evaluate(root, { workspaces: kept });
    expect((await readdir(join(kept, evaluation, '1-first', 'one'))).sort()).toEqual(['kept.md', 'one']);
    expect(await readdir(join(kept, evaluation, '1-first', 'two'))).toEqual(['two']);
    expect(await readFile(join(root, 'fixtures', 'full', 'kept.md'), 'utf8')).toBe('kept');
    await expect(readdir(at.options.workspace)).rejects.toThrow('ENOENT');
  });

  it('ENG-E S28 memory beyond a task begins empty for each case, and nothing of a case stays in it', async () => {
    const agents = 'agents: [{ id: writer, llm: offline/text, prompt: Note it., context: notes }]';
    const memory = 'memory: { project_store: { id: p }, context_profiles: [{ id: notes, sources: [{ store: project }] }] }';
    const written = { ...files(suites([named('a'), named('b')])), 'agents.yaml': agents, 'memory.yaml': memory };
    const root = await at.workflow(remembering, written);
    const { cases } = await at.platform.evaluate(root, { concurrency: 1 });
    expect(cases.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    const opened = await at.platform.open(root);
    const [first, second] = [await opened.run({ input: 'c' }).then(ran), await opened.run({ input: 'd' }).then(ran)];
    const recalled = async (run = '') => {
      const started = (await at.platform.inspect(run)).events[0];
      return started?.type === 'run.started' ? started.payload.memory?.length : undefined;
    };
    expect(await Promise.all([cases[0]?.run, cases[1]?.run, first, second].map(recalled))).toEqual([0, 0, 0, 1]);
  });

  it('ENG-E some run at a time, and results stand in the order of the manifest', async () => {
    const cases = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, index) => named(id, { ms: 60 - index * 10 }));
    const seen: EvaluationProgress[] = [];
    const root = await directory(cases);
    const evaluation = await at.platform.evaluate(root, { concurrency: 2, observe: (progress) => seen.push(progress) });
    expect(evaluation.cases.map((result) => result.case)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(Math.max(...seen.map(({ underWay }) => underWay.length))).toBe(2);
    expect(seen.at(-1)).toEqual({ total: 6, ended: 6, notPassed: 0, underWay: [] });
  });

  it('ENG-E a case that takes too long is cancelled and errored, and the others go on', async () => {
    const cases = [named('hangs', { hang: true }), named('goes')];
    const { cases: results } = await at.platform.evaluate(await directory(cases, { timeout: '300ms' }), { concurrency: 1 });
    expect(results).toMatchObject([
      { case: 'hangs', outcome: 'errored', error: { code: 'evaluation.timed_out', message: expect.stringContaining('first/hangs') } },
      { case: 'goes', outcome: expect.stringMatching(/passed|errored/) }, // 300 ms may be little on a busy machine
    ]);
    expect((await at.platform.inspect(results[0]?.run ?? '')).status).toBe('cancelled');
  });

  it('ENG-E is cancelled as a whole, with the runs that are under way, and then nothing is kept', async () => {
    const stop = new AbortController();
    const observe = ({ underWay }: EvaluationProgress) => {
      if (underWay.length === 2) setTimeout(() => stop.abort(new Error('enough')), 100);
    };
    const root = await directory([named('a', { hang: true }), named('b', { hang: true }), named('c')]);
    const evaluating = at.platform.evaluate(root, { concurrency: 2, signal: stop.signal, observe });
    await expect(evaluating).rejects.toMatchObject({ code: 'run.cancelled', message: expect.stringContaining('0 of 3 cases') });
    expect(await at.platform.evaluations({ limit: 5 })).toEqual([]);
    const { runs } = await at.platform.runs(5);
    expect(runs.map((run) => ('status' in run ? run.status : run.error))).toEqual(['cancelled', 'cancelled']);
  });

  it('ENG-E cases can be chosen; two evaluations are compared across versions of the workflow', async () => {
    const older = await at.platform.evaluate(await directory([named('a'), named('b')]));
    await writeFile(join(at.root, 'work.mjs'), work.replace("input.name ?? 'x'", "input.name + '!'"));
    const newer = await at.platform.evaluate(at.root, { filter: 'first/a' });
    expect(newer.cases).toHaveLength(1);
    expect(newer.filter).toBe('first/a');
    const comparison = compareEvaluations(older, newer);
    expect(comparison).toMatchObject({
      changed_files: ['work.mjs'],
      cases: [{ case: 'a', change: 'still_passing', output_changed: true }],
    });
    const listed = await at.platform.evaluations({ limit: 5, workflow: 'judged' });
    expect(listed.map(({ evaluation }) => evaluation)).toEqual([older.evaluation, newer.evaluation]);
    expect(await at.platform.evaluations({ limit: 1 })).toMatchObject([{ evaluation: newer.evaluation }]);
    expect(await at.platform.evaluations({ limit: 5, workflow: 'other' })).toEqual([]);
    expect((await at.platform.evaluation(newer.evaluation.slice(0, -1))).evaluation).toBe(newer.evaluation);
    await expect(at.platform.evaluation('eval_')).rejects.toMatchObject({ code: 'input.invalid' });
    await expect(at.platform.evaluation('eval_none')).rejects.toMatchObject({ code: 'evaluation.not_found' });
    await expect(at.platform.evaluation('../eval')).rejects.toMatchObject({ code: 'evaluation.not_found' });
  });

  it('ENG-E refuses before the first case what cannot work', async () => {
    const refused = async (cases: Case[], filter?: string) =>
      at.platform.evaluate(await directory(cases), { filter }).catch((thrown: unknown) => thrown);
    expect(await refused([])).toMatchObject({ code: 'input.invalid', message: expect.stringContaining('declares no cases') });
    expect(await refused([named('a')], 'zzz')).toMatchObject({ code: 'input.invalid', message: expect.stringContaining('first/a') });
    const custom = [{ type: 'custom', module: './work.mjs#nothing' }];
    expect(await refused([named('a'), { ...named('b'), assertions: custom }])).toMatchObject({ code: 'module.invalid' });
    const missing = { code: 'input.invalid', message: expect.stringContaining('./fixtures/none') };
    expect(await refused([{ ...named('a'), workspace: './fixtures/none' }])).toMatchObject(missing);
    await mkdir(join(at.root, 'fixtures'));
    await symlink(dirname(at.root), join(at.root, 'fixtures', 'none'));
    expect(await refused([{ ...named('a'), workspace: './fixtures/none' }])).toMatchObject(missing);
    expect((await at.platform.runs(5)).total).toBe(0);
  });
});
