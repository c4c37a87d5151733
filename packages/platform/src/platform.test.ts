import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { engineVersion } from './index.ts';
import { describePlatforms } from './testing/describe-platforms.ts';

const fanOut = `
id: fan-out
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: deal, kind: deterministic, role: split, split: { over: items } }
  - { id: copy, kind: deterministic, role: branch }
  - { id: left, kind: deterministic, role: linear }
  - { id: right, kind: deterministic, role: linear }
  - { id: join, kind: deterministic, role: merge, merge: { reducer: last } }
  - { id: collect, kind: deterministic, role: merge, merge: { reducer: concat } }
  - { id: end, kind: deterministic, role: exit }
edges:
  - { from: begin, to: deal }
  - { from: deal, to: copy }
  - { from: copy, to: left }
  - { from: copy, to: right }
  - { from: left, to: join }
  - { from: right, to: join }
  - { from: join, to: collect }
  - { from: collect, to: end }
`;

const flaky = `
id: flaky
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: work, kind: deterministic, role: linear, handler: ./work.mjs#work }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: work }, { from: work, to: end }]
`;

await describePlatforms('a platform', (at) => {
  it('ENG-V records with each run what ran, and a journal that was written keeps it', async () => {
    const opened = await at.platform.open(await at.workflow(fanOut));
    const handle = await opened.run({ input: { items: ['a'] } });
    await handle.ended;
    const { events, workflow } = await at.platform.inspect(handle.run);
    const started = events[0];
    expect(started?.type).toBe('run.started');
    expect(started?.payload).toMatchObject({
      workflow_hash: opened.workflow.hash,
      metadata: {
        engine_version: engineVersion,
        state_version: 3,
        manifest_hashes: { 'workflow.yaml': expect.stringMatching(/^[0-9a-f]{64}$/) },
        adapters: { journal: at.adapter, artifacts: expect.any(String) },
      },
    });
    expect(workflow.hash).toBe(opened.workflow.hash);
  });

  it('S1 S17 derived tasks are lineage paths of their run, which is inspected with the workflow that it started with', async () => {
    const handle = await (await at.platform.open(await at.workflow(fanOut))).run({ input: { items: ['a', 'b'] } });
    expect(await handle.ended).toMatchObject({ outcome: 'success', output: 'a\n\nb' });
    await writeFile(join(at.root, 'workflow.yaml'), 'nodes: nonsense');
    const { state } = await at.platform.inspect(handle.run);
    expect(Object.keys((state as { tasks: object }).tasks)).toEqual([
      'root',
      'root/deal.0',
      'root/deal.1',
      'root/deal.0/copy.0',
      'root/deal.0/copy.1',
      'root/deal.1/copy.0',
      'root/deal.1/copy.1',
    ]);
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
    expect(await at.platform.verify(handle.run, { recompute: true })).toMatchObject({ recomputation: { differences: [] } });
  });

  it('ENG-X1 a node is admitted, performed, checked, recorded and routed, in this order', async () => {
    const directory = await at.workflow(flaky, { 'work.mjs': 'export const work = () => ({ done: true });' });
    const handle = await (await at.platform.open(directory)).run({ input: {} });
    await handle.ended;
    const { events } = await at.platform.inspect(handle.run);
    const ofWork = events.filter((event) => 'node' in event.payload && event.payload.node === 'work');
    expect(ofWork.map((event) => event.type)).toEqual(['node.started', 'effect.started', 'effect.completed', 'node.completed']);
    expect(ofWork[1]?.payload).toMatchObject({ verdicts: [{ step: 'schema', decision: 'allow' }] });
    expect(ofWork[3]?.payload).toMatchObject({ outcome: 'success', output: { done: true }, next: 'end' });
  });

  it('S17 does not recompute a run with modules that are not those it started with', async () => {
    const directory = await at.workflow(flaky, { 'work.mjs': 'export const work = () => 1;' });
    const handle = await (await at.platform.open(directory)).run({ input: {} });
    await handle.ended;
    await writeFile(join(directory, 'work.mjs'), 'export const work = () => 2;');
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true });
    await expect(at.platform.verify(handle.run, { recompute: true })).rejects.toMatchObject({ code: 'workflow.changed' });
  });

  it('ENG-X5 nothing is retried: a handler that fails is called once, and the manifest has no word for more', async () => {
    const counting = 'let calls = 0; export const work = () => { calls += 1; throw new Error("call " + calls); };';
    const directory = await at.workflow(flaky, { 'work.mjs': counting });
    const handle = await (await at.platform.open(directory)).run({ input: {} });
    expect(await handle.ended).toMatchObject({ outcome: 'failure', exit: undefined, reason: 'work: call 1' });
    const { events } = await at.platform.inspect(handle.run);
    expect(events.filter((event) => event.type === 'effect.started')).toHaveLength(1);
    await at.workflow(flaky.replace('handler: ./work.mjs#work', 'handler: ./work.mjs#work, retries: 3'), { 'work.mjs': counting });
    const refused = await at.platform.compile(at.root);
    expect(refused).toMatchObject({ ok: false, problems: [{ code: 'manifest.unknown_key', path: '/nodes/1/retries' }] });
  });

  it('ENG-M1 reports what is wrong with handlers before a run, all of it at once', async () => {
    const broken = flaky
      .replace('role: start, default_start: true', "role: start, default_start: true, handler: transform, with: { expression: '1 +' }")
      .replace('./work.mjs#work', "template, with: { template: '{{ x' }");
    await expect(at.platform.open(await at.workflow(broken))).rejects.toMatchObject({
      code: 'manifest.invalid',
      details: { problems: [{ code: 'expression.invalid' }, { code: 'template.invalid' }] },
    });
  });

  it('ENG-X5 a loop is refused', async () => {
    const looping = flaky.replace('{ from: work, to: end }', '{ from: work, to: end }, { from: work, to: work }');
    const result = await at.platform.compile(await at.workflow(looping, { 'work.mjs': 'export const work = () => 1;' }));
    expect(result.ok ? [] : result.problems.map((problem) => problem.code)).toContain('graph.cycle');
  });

  it('stops what is under way when it is closed, to be resumed later', async () => {
    const waiting = 'export const work = (input) => (input.wait ? new Promise(() => {}) : 1);';
    const directory = await at.workflow(flaky.replace('work.mjs#work', 'work.mjs#work, idempotent: true'), { 'work.mjs': waiting });
    const handle = await (await at.platform.open(directory)).run({ input: { wait: true } });
    await at.platform.close();
    await expect(handle.ended).rejects.toMatchObject({ code: 'run.stopped' });
    await at.open();
    const resumed = await (await at.platform.open(directory)).resume(handle.run);
    await resumed.cancel('seen enough');
    expect(await resumed.ended).toMatchObject({ status: 'cancelled' });
    expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true, ended: true });
  });

  it('refuses a run that does not exist, and a sequence number beyond its end', async () => {
    await expect(at.platform.inspect('run_nowhere')).rejects.toMatchObject({ code: 'run.not_found' });
    const handle = await (await at.platform.open(await at.workflow(fanOut))).run({ input: { items: [] } });
    await handle.ended;
    await expect(at.platform.inspect(handle.run, 999)).rejects.toMatchObject({ code: 'input.invalid' });
    expect(await at.platform.runs(10)).toMatchObject({ total: 1, runs: [{ run: handle.run, status: 'completed', outcome: 'success' }] });
  });

  if (at.adapter === 'jsonl')
    it('S17 does not verify a run against files that are not those it started with', async () => {
      const opened = await at.platform.open(await at.workflow(fanOut));
      const handle = await opened.run({ input: { items: [] } });
      await handle.ended;
      const kept = join(at.root, 'state', 'workflows', `${opened.workflow.hash}.json`);
      await writeFile(kept, (await readFile(kept, 'utf8')).replace('id: right', 'name: Changed, id: right'));
      await expect(at.platform.verify(handle.run)).rejects.toMatchObject({ code: 'storage.failed' });
      await writeFile(kept, 'damaged');
      await expect(at.platform.verify(handle.run)).rejects.toMatchObject({ code: 'storage.failed' });
      await (await opened.run({ input: { items: [] } })).ended;
      expect(await at.platform.verify(handle.run)).toMatchObject({ ok: true });
    });
});
