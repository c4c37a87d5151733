import type { JournalEvent, JsonObject } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { createGate } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { MemoryPlace, MemoryStore } from '../ports/memory-store.ts';
import type { PreparedWorkflow } from '../run/prepare.ts';
import { chain, compileSample, prepareSample, type Sample } from '../run/testing/sample-workflow.ts';
import { type ScriptedModel, scriptedModel } from '../run/testing/scripted-model.ts';
import { driverOn, engineVersion, expectSound, finalState, payloadsOf } from '../run/testing/test-driver.ts';
import { configuredStore } from './configured-store.ts';
import { ProcessMemory } from './process-memory.ts';
import { recallMemory } from './recall-memory.ts';
import { newMemory } from './sample-memory.ts';

const shop: MemoryPlace = { store: 'project', project: 'sample' };
const everywhere: MemoryPlace = { store: 'global', project: '' };

const writer = { id: 'writer', llm: 'script/any', prompt: 'Write.' };
const write = { id: 'write', agent_id: 'writer', context: 'known', remember: { store: 'project', tags: ['draft'] } };
const known = { context_profiles: [{ id: 'known', max_tokens: 500, sources: [{ store: 'project', tags: ['draft'] }, { store: 'task' }] }] };

/** A workflow whose agent is shown what earlier runs wrote, and whose answer is kept for later ones. */
async function remembering(memory: MemoryStore, model: ScriptedModel, more: Partial<Sample> = {}) {
  return prepareSample({ workflow: chain([write]), agents: [writer], memory: known, ...more }, [model], { standard: memory });
}

async function perform(prepared: PreparedWorkflow, memory: MemoryStore, run: string) {
  const journal = new MemoryJournal();
  const given = await recallMemory(prepared.workflow, { standard: memory });
  const handle = driverOn(journal).start(prepared, { run, input: 'in', engineVersion, memory: given });
  const result = await handle.ended;
  const events = await journal.read(run);
  expectSound(prepared, events);
  return { result, events };
}

describe('what a node remembers (ENG-S, S28)', () => {
  it('later runs are shown what earlier ones wrote, and a run not what it wrote itself', async () => {
    const memory = new ProcessMemory(Date.now);
    const model = scriptedModel(['first', 'second', 'third']);
    const prepared = await remembering(memory, model);
    for (const run of ['run-1', 'run-2', 'run-3']) await perform(prepared, memory, run);
    const shown = model.requests.map(({ messages }) => JSON.parse(messages[1]?.content ?? ''));
    const piece = (value: string) => ({ from: 'write', store: 'project', value });
    expect(shown).toEqual([
      { input: 'in' },
      { input: 'in', context: [piece('first')] },
      { input: 'in', context: [piece('first'), piece('second')] },
    ]);
    expect(await memory.read(shop, { limit: 10 })).toMatchObject([
      { run: 'run-3' },
      { run: 'run-2' },
      { id: 'run-1/root/write/1', value: 'first', tags: ['draft'] },
    ]);
  });

  it('the journal says what a run was given, what a prompt used, and what was written', async () => {
    const memory = new ProcessMemory(Date.now);
    await memory.write(shop, newMemory('old', 'as before', ['draft']), { maxItems: 10 });
    await memory.write(shop, newMemory('other', 'of another kind', ['rule']), { maxItems: 10 });
    const { events } = await perform(await remembering(memory, scriptedModel(['new'])), memory, 'run-1');
    expect(payloadsOf(events, 'run.started')[0]?.memory).toEqual([
      { id: 'old', store: 'project', seq: 1, node: 'write', tags: ['draft'], at: expect.any(Number), value: 'as before' },
    ]);
    const [asked, wrote] = payloadsOf(events, 'effect.started');
    expect(asked?.context).toMatchObject([{ source: 'input' }, { source: 'project', entry: 'old', seq: 1 }]);
    expect(wrote).toMatchObject({ kind: 'memory', target: 'project/sample', key: 'run-1/root/write/1' });
    expect(payloadsOf(events, 'effect.completed')[1]).toMatchObject({ outcome: 'success', output: { tokens: expect.any(Number) } });
  });

  it('a run without such sources records nothing of them', async () => {
    const memory = new ProcessMemory(Date.now);
    const { events } = await perform(
      await remembering(memory, scriptedModel(['a']), { memory: { context_profiles: [{ id: 'known' }] } }),
      memory,
      'run-1',
    );
    expect(payloadsOf(events, 'run.started')[0]).not.toHaveProperty('memory');
  });

  it('S10 ends with the same state and one entry wherever the journal ends, whatever others wrote meanwhile', async () => {
    const answers = scriptedModel(({ messages }) => `said to ${messages[1]?.content}`);
    const begin = async () => {
      const memory = new ProcessMemory(Date.now);
      await memory.write(shop, newMemory('old', 'as before', ['draft']), { maxItems: 10 });
      return memory;
    };
    const memory = await begin();
    const whole = await perform(await remembering(memory, answers), memory, 'run-1');
    for (let length = 1; length < whole.events.length; length += 1) {
      const again = await begin();
      const prepared = await remembering(again, answers);
      const prefix: JournalEvent[] = JSON.parse(JSON.stringify(whole.events.slice(0, length)));
      const isWritten = payloadsOf(prefix, 'effect.completed').length === 2;
      // The process may have died before or after the store took the entry.
      for (const entry of isWritten || length % 2 === 0 ? await memory.read(shop, { limit: 1 }) : [])
        await again.write(shop, entry, { maxItems: 10 });
      await again.write(shop, newMemory('meanwhile', 'of another run', ['draft']), { maxItems: 10 });
      const journal = new MemoryJournal();
      await journal.append('run-1', 0, prefix);
      await (await driverOn(journal).resume(prepared, 'run-1')).ended;
      const events = await journal.read('run-1');
      expectSound(prepared, events);
      expect(finalState(prepared, events)).toEqual(finalState(prepared, whole.events));
      const values = (await again.read(shop, { limit: 10 })).map(({ value }) => value);
      expect(values.sort()).toEqual([
        'as before',
        'of another run',
        'said to {"context":[{"from":"write","store":"project","value":"as before"}],"input":"in"}',
      ]);
    }
  });

  it.each<[string, JsonObject, string]>([
    ['a pure node', { id: 'write', handler: 'pass' }, 'in'],
    ['a transformation', { id: 'write', handler: 'transform', with: { expression: '"of it"' } }, 'of it'],
  ])('%s can be remembered, for all projects too', async (_, node, value) => {
    const memory = new ProcessMemory(Date.now);
    const workflow = chain([{ ...node, id: 'write', remember: { store: 'global' } }]);
    const { result } = await perform(await remembering(memory, scriptedModel([]), { workflow, agents: [] }), memory, 'run-1');
    expect(result).toMatchObject({ outcome: 'success', output: value });
    expect(await memory.read(everywhere, { limit: 10 })).toMatchObject([{ value, tags: [], node: 'write' }]);
  });

  it('a node that fails leaves nothing', async () => {
    const memory = new ProcessMemory(Date.now);
    const workflow = chain([{ id: 'write', handler: 'transform', with: { expression: '$error("no")' }, remember: {} }]);
    const { result } = await perform(await remembering(memory, scriptedModel([]), { workflow, agents: [] }), memory, 'run-1');
    expect(result.outcome).toBe('failure');
    expect(await memory.read(shop, { limit: 10 })).toEqual([]);
  });

  it('S23 the gate may refuse it, and a store that fails fails the node', async () => {
    const memory = new ProcessMemory(Date.now);
    const prepared = await remembering(memory, scriptedModel(['a']));
    const gate = createGate([
      {
        name: 'policy',
        admit: ({ kind }) =>
          kind === 'memory'
            ? { step: 'policy', decision: 'deny', fault: { code: 'effect.refused', message: 'Nothing is kept.' } }
            : { step: 'policy', decision: 'allow' },
      },
    ]);
    const handle = driverOn(new MemoryJournal(), { gate }).start(prepared, { run: 'run-1', input: 'in', engineVersion });
    expect(await handle.ended).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('Nothing is kept.') });
    expect(await memory.read(shop, { limit: 10 })).toEqual([]);
    const broken: MemoryStore = { adapter: 'broken', write: () => Promise.reject(new Error('no disk')), read: async () => [] };
    const { result } = await perform(await remembering(broken, scriptedModel(['a'])), broken, 'run-2');
    expect(result).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('no disk') });
  });

  it('tags of task memory choose among the nodes of the run', async () => {
    const asText = (id: string, tags: string[]) => ({
      id,
      handler: 'transform',
      with: { expression: JSON.stringify(`text of ${id}`) },
      remember: { store: 'task', tags },
    });
    const model = scriptedModel(['a']);
    const workflow = chain([asText('rules', ['rule']), asText('noise', ['other']), asText('last', []), { ...write, remember: {} }]);
    const memory = { context_profiles: [{ id: 'known', sources: [{ store: 'task', tags: ['rule'] }] }] };
    const store = new ProcessMemory(Date.now);
    await perform(await remembering(store, model, { workflow, memory }), store, 'run-1');
    expect(JSON.parse(model.requests[0]?.messages[1]?.content ?? '').context).toEqual([{ from: 'rules', value: 'text of rules' }]);
    expect(await store.read(shop, { limit: 10 })).toMatchObject([{ value: 'a' }]);
  });

  it('task memory has a retention: only so many of the newest outputs are shown', async () => {
    const asText = (id: string) => ({ id, handler: 'transform', with: { expression: JSON.stringify(`text of ${id}`) } });
    const model = scriptedModel(['a']);
    const workflow = chain([asText('one'), asText('two'), asText('three'), { ...write, remember: { store: 'task' } }]);
    const memory = { task_store: { retention: { max_items: 2 } }, context_profiles: [{ id: 'known' }] };
    const store = new ProcessMemory(Date.now);
    await perform(await remembering(store, model, { workflow, memory }), store, 'run-1');
    expect(JSON.parse(model.requests[0]?.messages[1]?.content ?? '').context).toEqual([{ from: 'two', value: 'text of two' }]);
  });
});

describe('the stores of a workflow', () => {
  const backends = { standard: new ProcessMemory(Date.now), database: new ProcessMemory(Date.now) };
  const workflowWith = (memory: JsonObject) => compileSample({ workflow: chain([{ id: 'a' }]), memory });

  it('are where runs are kept, under the id of the project, with their retention', () => {
    const workflow = workflowWith({ project_store: { id: 'shop', retention: { max_items: 7 } } });
    expect(configuredStore(workflow, 'project', backends)).toEqual({
      backend: backends.standard,
      place: { store: 'project', project: 'shop' },
      maxItems: 7,
    });
    expect(configuredStore(workflow, 'global', backends)).toMatchObject({ place: everywhere, maxItems: 1000 });
    expect(configuredStore(workflowWith({}), 'project', backends)).toMatchObject({ place: shop });
  });

  it('ENG-S sqlite is another name of database; a backend that is not there is refused', () => {
    for (const backend of ['sqlite', 'database']) {
      expect(configuredStore(workflowWith({ global_store: { backend } }), 'global', backends).backend).toBe(backends.database);
    }
    const onFiles = workflowWith({ global_store: { backend: 'file' } });
    expect(() => configuredStore(onFiles, 'global', backends)).toThrow(expect.objectContaining({ code: 'input.invalid' }));
  });

  it('are refused before a run begins where memory cannot be kept', async () => {
    const preparing = prepareSample({ workflow: chain([{ id: 'a', remember: {} }]) });
    await expect(preparing).rejects.toMatchObject({ code: 'input.invalid' });
  });
});

describe('what a run is given', () => {
  const workflow = (maxTokens: number) =>
    compileSample({
      workflow: chain([{ id: 'a' }]),
      memory: { context_profiles: [{ id: 'p', max_tokens: maxTokens, sources: [{ store: 'project' }] }] },
    });

  it('is the newest that its budgets could show, each value once, oldest first', async () => {
    const memory = new ProcessMemory(Date.now);
    for (let index = 0; index < 250; index += 1) {
      await memory.write(
        shop,
        { ...newMemory(`e${index}`, index % 2 === 0 ? 'the same' : `value ${index}`), tokens: 10 },
        { maxItems: 1000 },
      );
    }
    await memory.write(shop, { ...newMemory('huge'), tokens: 10_000 }, { maxItems: 1000 });
    const ids = async (maxTokens: number) => (await recallMemory(workflow(maxTokens), { standard: memory }))?.map(({ id }) => id);
    expect(await ids(40)).toEqual(['e245', 'e247', 'e248', 'e249']);
    expect(await ids(1200)).toHaveLength(120);
    expect(await ids(9000)).toHaveLength(126);
  });
});
