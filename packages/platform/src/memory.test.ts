import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '@espalier/core';
import { expect, it } from 'vitest';
import type { RunReport } from './index.ts';
import { describeDatabasePlatforms, describePlatforms, type PlatformUnderTest } from './testing/describe-platforms.ts';

const notes = `
id: notes
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: note, kind: deterministic, role: linear, remember: { store: project, tags: [note] } }
  - { id: digest, kind: agent, role: linear, agent_id: reader, context: known }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: note }, { from: note, to: digest }, { from: digest, to: end }]
`;
const files = {
  'agents.yaml': 'agents: [{ id: reader, llm: offline/text, prompt: Summarise. }]',
  'memory.yaml': `memory:
  project_store: { id: garden, retention: { max_items: 3 } }
  context_profiles: [{ id: known, sources: [{ store: project, tags: [note] }] }]`,
};

async function perform(at: PlatformUnderTest, input: Json): Promise<RunReport> {
  const { run } = await at.platform.open(at.root);
  const handle = await run({ input });
  expect(await handle.ended).toMatchObject({ outcome: 'success' });
  expect(await at.platform.verify(handle.run, { recompute: true })).toMatchObject({ ok: true });
  return at.platform.inspect(handle.run);
}

/** The values that a run was given, and the entries that its agent was shown. */
function given({ events }: RunReport) {
  const values: Json[] = [];
  const shown: string[] = [];
  for (const { type, payload } of events) {
    if (type === 'run.started') values.push(...(payload.memory ?? []).map(({ value }) => value));
    if (type === 'effect.started') shown.push(...(payload.context ?? []).flatMap(({ entry }) => entry ?? []));
  }
  return { values, shown };
}

await describePlatforms('project memory', (at) => {
  it('ENG-S goes from run to run and survives a restart, with its retention', async () => {
    await at.workflow(notes, files);
    const runs: string[] = [];
    for (const text of ['one', 'two', 'three', 'four']) runs.push((await perform(at, text)).run);
    await at.platform.close();
    await at.open();
    const report = await perform(at, 'five');
    expect(given(report)).toEqual({ values: ['two', 'three', 'four'], shown: runs.slice(1).map((run) => `${run}/root/note/0`) });
  });

  it('S28 a run is given what was there when it started, whoever goes on with it and whatever was written since', async () => {
    const waiting = notes.replace(
      '{ id: note, kind',
      '{ id: pause, kind: deterministic, role: linear, handler: wait, with: { for: 300ms } }\n  - { id: note, kind',
    );
    await at.workflow(waiting.replace('{ from: begin, to: note }', '{ from: begin, to: pause }, { from: pause, to: note }'), files);
    await perform(at, 'one');
    const handle = await (await at.platform.open(at.root)).run({ input: 'slow', parkAfterMs: 10 });
    expect(await handle.ended).toMatchObject({ parked: expect.anything() });
    await perform(at, 'two');
    await at.platform.close();
    await at.open();
    await (await (await at.platform.open(at.root)).resume(handle.run)).ended;
    expect(given(await at.platform.inspect(handle.run)).values).toEqual(['one']);
    expect(given(await perform(at, 'three')).values).toEqual(['one', 'two', 'slow']);
  });
});

await describeDatabasePlatforms('project memory in the database', (at) => {
  it('S3 what a fork remembers is seen once it is adopted', async () => {
    await at.workflow(notes, files);
    const { run } = await perform(at, 'one');
    const fork = await at.platform.fork(run, { at: 1, edits: [{ edit: 'input', task: 'root', value: 'forked' }] });
    expect(await fork.ended).toMatchObject({ outcome: 'success' });
    expect(await at.platform.verify(fork.run)).toMatchObject({ ok: true });
    expect(given(await perform(at, 'two')).values).toEqual(['one']);
    await at.platform.adopt(fork.run);
    expect(given(await perform(at, 'three')).values).toEqual(['one', 'two', 'forked']);
  });

  it('S3 a fork of a fork brings with it what that remembered before it, or what it took over from there', async () => {
    await at.workflow(notes, files);
    const { run } = await perform(at, 'one');
    const first = await at.platform.fork(run, { at: 1, edits: [{ edit: 'input', task: 'root', value: 'forked' }] });
    await first.ended;
    const after = await at.platform.fork(first.run, { at: 'node:note' });
    const anew = await at.platform.fork(first.run, { at: 1 });
    await Promise.all([after.ended, anew.ended]);
    expect(given(await perform(at, 'two')).values).toEqual(['one']);
    await at.platform.adopt(anew.run);
    expect(given(await perform(at, 'three')).values).toEqual(['one', 'two', 'forked']);
    await at.platform.adopt(after.run);
    expect(given(await perform(at, 'four')).values).toEqual(['two', 'forked', 'three']);
  });

  it('ENG-S sqlite is the database, with a notice', async () => {
    await at.workflow(notes, { ...files, 'memory.yaml': `${files['memory.yaml']}\n  global_store: { backend: sqlite }` });
    expect((await at.platform.open(at.root)).notices).toContainEqual(expect.stringContaining('sqlite'));
  });
});

/** The backends that a workflow may name, by what runs record as their journal. */
const offered: Record<string, string[]> = {
  jsonl: ['file', 'memory'],
  pglite: ['file', 'database', 'memory'],
  postgres: ['database', 'memory'],
};

await describePlatforms('where memory is kept', (at) => {
  it('ENG-S is where runs are, in files one per store', async () => {
    await at.workflow(notes, files);
    await perform(at, 'one');
    const stored = await readdir(at.options.stateDirectory, { recursive: true }).catch((): string[] => []);
    expect(stored.includes(join('memory', 'project', 'garden.jsonl'))).toBe(at.adapter === 'jsonl');
  });

  it.each(['file', 'database', 'memory'])('ENG-S the backend %s is there, or refused before a run begins', async (backend) => {
    const memory = `memory: { project_store: { backend: ${backend} }, context_profiles: [{ id: known }] }`;
    const opening = at.platform.open(await at.workflow(notes, { ...files, 'memory.yaml': memory }));
    if (offered[at.adapter]?.includes(backend)) expect((await opening).workflow.id).toBe('notes');
    else await expect(opening).rejects.toMatchObject({ code: 'input.invalid', message: expect.stringContaining(backend) });
  });
});
