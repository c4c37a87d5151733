import { type JournalEvent, type JsonObject, jsonFault } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { MemoryJournal } from '../journal/memory-journal.ts';
import type { ModelRequest, ModelToolCall } from '../ports/model.ts';
import { chain, prepareSample } from '../run/testing/sample-workflow.ts';
import { type ScriptedModel, scriptedModel } from '../run/testing/scripted-model.ts';
import { driverOn, expectSound, payloadsOf, runToEnd } from '../run/testing/test-driver.ts';

const schemas = {
  document: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'], additionalProperties: false },
  place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

const modules = {
  'tools/weather.mjs': `
    export let running = 0, most = 0;
    export async function weather({ city }) {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      if (city === 'Atlantis') throw new Error('there is no such city');
      return { city, degrees: city.length, most };
    }`,
};
const tools = [{ id: 'weather', type: 'module', entrypoint: './tools/weather.mjs#weather', schema_in: 'place', idempotent: true }];

/** A workflow of one agent node, which may ask for the weather. */
function agent(model: ScriptedModel, { node = {}, more = {} }: { node?: JsonObject; more?: JsonObject } = {}) {
  const workflow = chain([{ id: 'plan', agent_id: 'planner', tools: ['weather'], ...node }]);
  const agents = [{ id: 'planner', llm: 'script/any', prompt: 'Plan.', schema_out: 'document', ...more }];
  return prepareSample({ workflow, schemas, tools, modules, agents }, [model]);
}

const call = (id: string, city: string): ModelToolCall => ({ id, name: 'weather', input: { city } });
const done = '{"title": "A plan"}';
const startedOf = (events: readonly JournalEvent[]) => payloadsOf(events, 'effect.started').map(({ kind, target }) => `${kind} ${target}`);
const last = (request: ModelRequest | undefined) => request?.messages.at(-1);

describe('COG-5 a loop of thought, action and observation', () => {
  it('a model that calls tools in its own way sees what came of them before it answers', async () => {
    const model = scriptedModel([{ text: 'I need the weather.', reasoning: 'Rain?', tool_calls: [call('c1', 'Oslo')] }, done], {
      callsTools: true,
    });
    const { result, events } = await runToEnd(await agent(model));
    expect(result).toMatchObject({ outcome: 'success', output: { title: 'A plan' } });
    expect(model.requests[0]?.tools).toEqual([{ name: 'weather', description: '', input: schemas.place }]);
    expect(model.requests[1]?.messages.slice(-2)).toMatchObject([
      { role: 'assistant', content: 'I need the weather.', tool_calls: [{ id: 'c1', name: 'weather' }] },
      { role: 'tool', call: 'c1', name: 'weather', content: expect.stringContaining('"degrees":4') },
    ]);
    expect(startedOf(events)).toEqual(['model script/any', 'tool weather', 'model script/any']);
    const [first] = payloadsOf(events, 'effect.completed');
    expect(first?.output).toMatchObject({ text: 'I need the weather.', reasoning: 'Rain?', tool_calls: [{ name: 'weather' }] });
  });

  it('one that does not plans calls in its answer, and sees what came of them', async () => {
    const action = JSON.stringify({ thought: 'I need the weather.', tool_plan: [{ tool: 'weather', input: { city: 'Oslo' } }] });
    const model = scriptedModel([action, done]);
    const { result } = await runToEnd(await agent(model));
    expect(result.output).toEqual({ title: 'A plan' });
    expect(last(model.requests[1])).toMatchObject({ role: 'user', content: expect.stringContaining('"degrees":4') });
  });

  it('S16 independent calls are made side by side, and observed in the order in which they were asked for', async () => {
    const model = scriptedModel([{ tool_calls: [call('c1', 'Reykjavik'), call('c2', 'Oslo'), call('c3', 'Rome')] }, done], {
      callsTools: true,
    });
    const { events } = await runToEnd(await agent(model));
    const observed = model.requests[1]?.messages.slice(-3).map(({ content }) => JSON.parse(content).output) ?? [];
    expect(observed.map(({ city }) => city)).toEqual(['Reykjavik', 'Oslo', 'Rome']);
    expect(Math.max(...observed.map(({ most }) => most))).toBe(3);
    expect(payloadsOf(events, 'effect.started').map(({ key }) => key.split('/').at(-1))).toEqual(['0', '1', '2', '3', '4']);
  });

  it('S11 goes on where it was: what is on record is not done again', async () => {
    const script = [{ tool_calls: [call('c1', 'Oslo'), call('c2', 'Rome')] }, done];
    const { events } = await runToEnd(await agent(scriptedModel(script, { callsTools: true })));
    for (let cut = 2; cut < events.length; cut += 1) {
      const journal = new MemoryJournal();
      await journal.append('run-1', 0, JSON.parse(JSON.stringify(events.slice(0, cut))));
      const model = scriptedModel(
        ({ messages }) => (messages.some(({ role }) => role === 'tool') ? done : { tool_calls: [call('c1', 'Oslo'), call('c2', 'Rome')] }),
        { callsTools: true },
      );
      const prepared = await agent(model);
      const handle = await driverOn(journal).resume(prepared, 'run-1');
      expect(await handle.ended).toMatchObject({ outcome: 'success', output: { title: 'A plan' } });
      const all = await journal.read('run-1');
      expectSound(prepared, all);
      const recorded = payloadsOf(events.slice(0, cut), 'effect.completed').filter(({ key }) => /\/[03]$/.test(key)).length;
      expect(model.requests.length).toBe(2 - recorded);
    }
  });

  it('an answer beside a plan is the end: the plan is carried out and nobody is asked again', async () => {
    const model = scriptedModel([JSON.stringify({ title: 'A plan', tool_plan: [{ tool: 'weather', input: { city: 'Oslo' } }] })]);
    const { result } = await runToEnd(await agent(model));
    expect(result.output).toMatchObject({ title: 'A plan', tool_results: [{ output: { city: 'Oslo' } }] });
    expect(model.requests).toHaveLength(1);
  });
});

describe('COG-5 self-correction', () => {
  it('a tool that fails is told with what to make of it, and what follows is recorded as a correction', async () => {
    const model = scriptedModel([{ tool_calls: [call('c1', 'Atlantis')] }, { tool_calls: [call('c2', 'Oslo')] }, done], {
      callsTools: true,
    });
    const { result, events } = await runToEnd(await agent(model));
    expect(result.outcome).toBe('success');
    const observation = JSON.parse(last(model.requests[1])?.content ?? '{}');
    expect(observation).toMatchObject({
      outcome: 'failure',
      error: { message: 'there is no such city' },
      advice: expect.stringContaining('another way'),
    });
    expect(payloadsOf(events, 'effect.started').flatMap(({ correction }) => correction ?? [])).toEqual([
      { of: 'tool', faults: ['weather: there is no such city'] },
    ]);
  });

  it('the same failure again is called that', async () => {
    const model = scriptedModel([{ tool_calls: [call('c1', 'Atlantis')] }, { tool_calls: [call('c2', 'Atlantis')] }, done], {
      callsTools: true,
    });
    await runToEnd(await agent(model));
    expect(JSON.parse(last(model.requests[1])?.content ?? '{}').advice).not.toContain('will fail again');
    expect(JSON.parse(last(model.requests[2])?.content ?? '{}').advice).toContain('will fail again');
  });

  it('S19 misuse of a tool calls nothing and goes back to the agent, once for each call it asked for', async () => {
    const misused = { tool_calls: [call('c1', 'Oslo'), { id: 'c2', name: 'wether', input: {} }] };
    const model = scriptedModel([misused, done], { callsTools: true });
    const { events } = await runToEnd(await agent(model));
    expect(startedOf(events)).toEqual(['model script/any', 'model script/any']);
    const replies = model.requests[1]?.messages.filter(({ role }) => role === 'tool') ?? [];
    expect(replies).toHaveLength(2);
    expect(replies[0]?.content).toContain('wether');
    expect(payloadsOf(events, 'effect.started')[1]?.correction).toMatchObject({ of: 'tool' });
  });

  it('COG-4 a faulty answer is recorded as one, with the exact faults', async () => {
    const { events } = await runToEnd(await agent(scriptedModel(['{"titel": 1}', done])));
    expect(payloadsOf(events, 'effect.started')[1]?.correction).toMatchObject({
      of: 'answer',
      faults: expect.arrayContaining([expect.stringContaining('title'), expect.stringContaining('titel')]),
    });
  });
});

describe('COG-5 a loop has an end', () => {
  const forever = () => scriptedModel([{ tool_calls: [call('c1', 'Oslo')] }], { callsTools: true });

  it.each([
    [undefined, 12],
    [{ steps: 3 }, 3],
  ])('in steps, with a budget of %j after %i', async (budget, steps) => {
    const model = forever();
    const { result, events } = await runToEnd(await agent(model, { node: budget ? { budget } : {} }));
    expect(model.requests).toHaveLength(steps);
    expect(result.outcome).toBe('failure');
    expect(payloadsOf(events, 'node.completed')[1]?.error).toMatchObject({ code: 'agent.exhausted', details: { of: 'steps' } });
  });

  it('in tokens', async () => {
    const model = forever();
    const { events } = await runToEnd(await agent(model, { node: { budget: { tokens: 5 } } }));
    expect(model.requests).toHaveLength(3); // two tokens each
    expect(payloadsOf(events, 'node.completed')[1]?.error).toMatchObject({ code: 'agent.exhausted', details: { of: 'tokens' } });
  });

  it('in time', async () => {
    const model = scriptedModel(() => new Promise<string>(() => {}), { callsTools: true });
    const { events } = await runToEnd(await agent(model, { node: { timeout: '30ms' } }));
    expect(payloadsOf(events, 'node.completed')[1]?.error).toMatchObject({ code: 'node.timed_out' });
  });
});

describe('ends that are not answers', () => {
  it('a refusal fails the node with its words', async () => {
    const { events } = await runToEnd(await agent(scriptedModel([{ text: 'I will not.', finish: 'refusal' }])));
    expect(payloadsOf(events, 'node.completed')[1]?.error).toMatchObject({
      code: 'model.refused',
      message: expect.stringContaining('I will not.'),
    });
  });

  it('text that was cut off is part of an answer; JSON that was is told to be shorter', async () => {
    const plain = await runToEnd(
      await agent(scriptedModel([{ text: 'half of', finish: 'length' }], { callsTools: true }), { more: { schema_out: 'document' } }),
    );
    expect(plain.result.outcome).toBe('failure');
    const model = scriptedModel([{ text: '{"title": "half', finish: 'length' }, done]);
    await runToEnd(await agent(model));
    expect(last(model.requests[1])?.content).toContain('make it shorter');
  });

  it('S5 hostile arguments of a call never get into the run', async () => {
    const hostile = { tool_calls: [{ id: 'c1', name: 'weather', input: { city: 'a\u0000b' } }] };
    const { events } = await runToEnd(await agent(scriptedModel([hostile], { callsTools: true })));
    for (const event of events) expect(jsonFault(event.payload)).toBeUndefined();
  });
});
