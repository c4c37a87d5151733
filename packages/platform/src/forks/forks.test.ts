import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileArtifacts } from '@espalier/runtime';
import { openStore } from '@espalier/store';
import { expect, it } from 'vitest';
import type { ForkOptions, Platform } from '../index.ts';
import {
  describeDatabasePlatforms,
  describePlatforms,
  describeSharedPlatforms,
  type PlatformUnderTest,
} from '../testing/describe-platforms.ts';

const letter = `
id: letter
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: greet, kind: deterministic, role: linear, handler: template, with: { template: 'Dear {{ name }}', into: greeting } }
  - { id: weigh, kind: deterministic, role: linear, handler: ./act.mjs#weigh, risk: low }
  - { id: post, kind: deterministic, role: linear, handler: ./act.mjs#post }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: greet }, { from: greet, to: weigh }, { from: weigh, to: post }, { from: post, to: end }]
`;

/** Notes what it did in a file beside it. */
const act = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
const note = (what) => appendFileSync(join(import.meta.dirname, 'done.log'), what + ' ');
export function weigh(input) { note('weighed'); return { ...input, weight: input.greeting.length }; }
export function post(input) { note('posted'); return { ...input, posted: true }; }
`;

async function written(at: PlatformUnderTest) {
  const directory = await at.workflow(letter, { 'act.mjs': act });
  const handle = await (await at.platform.open(directory)).run({ input: { name: 'Ada' } });
  expect(await handle.ended).toMatchObject({ outcome: 'success', output: { greeting: 'Dear Ada', weight: 8, posted: true } });
  await writeFile(join(at.root, 'done.log'), '');
  return handle.run;
}

const done = (at: PlatformUnderTest) => readFile(join(at.root, 'done.log'), 'utf8');
const renamed: Pick<ForkOptions, 'at' | 'edits'> = {
  at: 'node:begin',
  edits: [{ edit: 'input', task: 'root', value: { name: 'Grace' } }],
};

async function forked(platform: Platform, run: string, options: ForkOptions) {
  const handle = await platform.fork(run, options);
  return { run: handle.run, result: await handle.ended };
}

await describePlatforms('S3 a fork of a recorded run', (at) => {
  it('ENG-T2 without edits ends like its parent and performs nothing again, wherever it branches off', async () => {
    const parent = await written(at);
    const { events, result, state } = await at.platform.inspect(parent);
    for (const { seq } of events.slice(0, -2)) {
      const { run, result: same } = await forked(at.platform, parent, { at: seq });
      expect({ ...same, run: parent }).toEqual(result);
      expect(await at.platform.verify(run, { recompute: true })).toMatchObject({
        ok: true,
        ended: true,
        recomputation: { differences: [] },
      });
      expect((await at.platform.inspect(run)).forkedFrom).toMatchObject({ run: parent, seq });
    }
    expect(await done(at)).toBe('');
    expect((await at.platform.inspect(parent)).state).toEqual(state);
  });

  it('ENG-T2 asks what would have been: performs what is low in risk, withholds what is not, and leaves the parent alone', async () => {
    const parent = await written(at);
    const before = (await at.platform.inspect(parent)).events;
    const { run, result } = await forked(at.platform, parent, renamed);
    expect(result).toMatchObject({ outcome: 'failure', output: { greeting: 'Dear Grace', weight: 10 } });
    expect(result.reason).toContain('--live');
    expect(await done(at)).toBe('weighed ');
    expect((await at.platform.inspect(run)).events.map(({ type }) => type)).toContain('effect.refused');
    expect((await at.platform.inspect(parent)).events).toEqual(before);
  });

  it('ENG-T2 live it performs everything', async () => {
    const { result } = await forked(at.platform, await written(at), { ...renamed, live: true });
    expect(result).toMatchObject({ outcome: 'success', output: { greeting: 'Dear Grace', posted: true } });
    expect(await done(at)).toBe('weighed posted ');
  });

  it('ENG-T2 takes other parameters of nodes, keeps the parent’s workflow as it was, and can be forked again', async () => {
    const parent = await written(at);
    const path = 'nodes.greet.with.template';
    const options: ForkOptions = { at: 1, parameters: [{ path, value: 'Hello {{ name }}' }], live: true };
    const first = await forked(at.platform, parent, options);
    expect(first.result.output).toMatchObject({ greeting: 'Hello Ada', weight: 9 });
    const again = await forked(at.platform, first.run, { at: 'node:weigh' });
    expect(again.result.output).toMatchObject({ greeting: 'Hello Ada', weight: 9, posted: true });
    expect(await at.platform.verify(again.run, { recompute: true })).toMatchObject({ ok: true });
    expect(await at.platform.verify(parent, { recompute: true })).toMatchObject({ ok: true, recomputation: { differences: [] } });
  });

  it('refuses what it cannot do with what would be right', async () => {
    const parent = await written(at);
    const { length } = (await at.platform.inspect(parent)).events;
    const fork = (options: ForkOptions) => at.platform.fork(parent, options).then((handle) => handle.ended);
    const invalid = (text: string) => ({ code: 'input.invalid', message: expect.stringContaining(text) });
    await expect(fork({ at: length })).rejects.toMatchObject(invalid('nothing left to do'));
    await expect(fork({ at: 0 })).rejects.toMatchObject(invalid(`1 to ${length}`));
    await expect(fork({ at: 'node:nowhere' })).rejects.toMatchObject(invalid('nowhere'));
    await expect(fork({ at: 1, edits: [{ edit: 'input', task: 'roof', value: 1 }] })).rejects.toMatchObject(
      invalid('expected one of root'),
    );
    await expect(fork({ at: 1, parameters: [{ path: 'nodes.greeet.with.template', value: 1 }] })).rejects.toMatchObject(
      invalid('did you mean greet'),
    );
    await expect(fork({ at: 1, parameters: [{ path: 'nodes.greet.handler', value: 'pass' }] })).rejects.toMatchObject(
      invalid('with, timeout'),
    );
    await expect(fork({ at: 1, parameters: [{ path: 'nodes.greet.with.template.text', value: 1 }] })).rejects.toMatchObject(
      invalid('nodes.greet.with.template has no fields'),
    );
    await expect(fork({ at: 1, edits: [{ edit: 'input', task: 'root', value: { name: 'A\u0000' } }] })).rejects.toMatchObject(
      invalid('edited input is not JSON, at /name'),
    );
    await expect(at.platform.fork('run_nowhere', { at: 1 })).rejects.toMatchObject({ code: 'run.not_found' });
  });

  it('S17 is refused where the modules of its parent have changed', async () => {
    const parent = await written(at);
    await appendFile(join(at.root, 'act.mjs'), '// another line\n');
    await expect(at.platform.fork(parent, { at: 1 })).rejects.toMatchObject({
      code: 'workflow.changed',
      details: { changed: ['act.mjs'] },
    });
  });
});

await describeDatabasePlatforms('S3 the current run of a task', (at) => {
  it('is a fork once that is adopted, and the other cannot be adopted twice', async () => {
    const parent = await written(at);
    const { run } = await forked(at.platform, parent, { ...renamed, live: true });
    expect(await at.platform.adopt(run)).toBe(parent);
    await expect(at.platform.adopt(run)).rejects.toMatchObject({ code: 'run.not_adoptable' });
    await expect(at.platform.adopt(parent)).rejects.toMatchObject({
      code: 'run.not_adoptable',
      message: expect.stringContaining('no fork'),
    });
  });

  it('ENG-T3 rewinding goes back to a place and on from there, live', async () => {
    const parent = await written(at);
    const handle = await at.platform.rewind(parent, renamed);
    expect(await handle.ended).toMatchObject({ outcome: 'success', output: { greeting: 'Dear Grace', posted: true } });
    expect(await done(at)).toBe('weighed posted ');
    await expect(at.platform.adopt(handle.run)).rejects.toMatchObject({ message: expect.stringContaining('already') });
  });

  it('a rewind that is refused leaves nothing behind that could go on', async () => {
    const directory = await at.workflow(letter, { 'act.mjs': act });
    const run = await (await at.platform.open(directory)).submit({ input: { name: 'Ada' } });
    await expect(at.platform.rewind(run, { at: 1 })).rejects.toMatchObject({
      code: 'run.not_adoptable',
      message: expect.stringContaining(`run ${run} is running`),
    });
    const { runs } = await at.platform.runs(9);
    expect(runs.map((entry) => 'status' in entry && entry.status)).toEqual(['running', 'cancelled']);
  });

  it('ENG-I a paused run, driven by nobody, performs one node for each step', async () => {
    const directory = await at.workflow(letter, { 'act.mjs': act });
    const run = await (await at.platform.open(directory)).submit({ input: { name: 'Ada' } });
    expect(await at.platform.step(run)).toBe(false);
    expect(await at.platform.pause(run)).toBe(true);
    at.platform.work({ parkAfterMs: 50, pollMs: 50 });
    const completed = async () => {
      const { events } = await at.platform.inspect(run);
      return events.flatMap((event) => (event.type === 'node.completed' ? [event.payload.node] : []));
    };
    for (const nodes of [['begin'], ['begin', 'greet'], ['begin', 'greet', 'weigh']]) {
      expect(await at.platform.step(run)).toBe(true);
      await expect.poll(completed).toEqual(nodes);
      await expect.poll(async () => (await at.platform.runs(1)).runs[0]).toMatchObject({ status: 'paused', owner: undefined });
      expect(await completed()).toEqual(nodes);
    }
    expect(await at.platform.resume(run)).toBe(true);
    await expect.poll(async () => (await at.platform.inspect(run)).status).toBe('completed');
    await expect(at.platform.step(run)).rejects.toMatchObject({ code: 'run.ended' });
    expect(await at.platform.verify(run)).toMatchObject({ ok: true, ended: true });
  });
});

await describeSharedPlatforms('ENG-T3 beside a worker', (at) => {
  it('a rewind is adopted before it goes on, and followed wherever that is', async () => {
    const parent = await written(at);
    const elsewhere = await at.open();
    elsewhere.work({ pollMs: 5 });
    for (let count = 1; count <= 8; count += 1) {
      const seen: string[] = [];
      const handle = await at.platform.rewind(parent, { ...renamed, observe: ({ type }) => void seen.push(type) });
      expect(await handle.ended).toMatchObject({ status: 'completed', output: { greeting: 'Dear Grace', posted: true } });
      expect(seen.at(-1)).toBe('run.completed');
    }
  });

  it('a fork that is paused from the beginning is left alone until it is asked to go on', async () => {
    const parent = await written(at);
    const elsewhere = await at.open();
    elsewhere.work({ pollMs: 5 });
    for (let count = 1; count <= 8; count += 1) {
      const handle = await at.platform.fork(parent, { at: 'node:begin', paused: true, parkAfterMs: 1 });
      expect(await handle.ended).toMatchObject({ status: 'paused' });
    }
  });
});

await describeSharedPlatforms('S7 retention', (at) => {
  it('never breaks a fork: what it took over is read from the archive', async () => {
    const parent = await written(at);
    const { run } = await forked(at.platform, parent, renamed);
    const before = await at.platform.inspect(run);
    const { databaseUrl = '', tenant = '', stateDirectory } = at.options;
    const store = await openStore({ location: { url: databaseUrl }, artifacts: new FileArtifacts(stateDirectory) });
    expect(await store.system().archiveRun({ tenant, run: parent })).toMatchObject({ archived: true });
    await store.close();
    const after = await at.platform.inspect(run);
    expect([after.state, after.history]).toEqual([before.state, before.history]);
    expect(await at.platform.verify(run)).toMatchObject({ ok: true, ended: true });
    expect((await forked(at.platform, parent, { at: 'node:weigh' })).result).toMatchObject({ outcome: 'success' });
    expect((await forked(at.platform, run, { at: 'node:greet', live: true })).result).toMatchObject({ outcome: 'success' });
  });
});
