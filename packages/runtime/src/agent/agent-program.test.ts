import { type JournalEvent, type JsonObject, jsonFault } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { createGate, type GateStep } from '../gate/gate.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { chain, fan, prepareSample, type Sample } from '../run/testing/sample-workflow.ts';
import { type ScriptedModel, scriptedModel } from '../run/testing/scripted-model.ts';
import { begin, driverOn, expectSound, finalState, payloadsOf, runToEnd, turns } from '../run/testing/test-driver.ts';

const schemas = {
  document: { type: 'object', properties: { title: { type: 'string' }, length: { type: 'integer' } }, required: ['title'] },
};
const agent = { id: 'writer', llm: 'script/any', prompt: 'Write.', schema_out: 'document' };
const tools = [
  { id: 'read_file', type: 'filesystem', entrypoint: 'builtin', idempotent: true },
  { id: 'write_file', type: 'filesystem', entrypoint: 'builtin' },
];

/** A workflow of one agent node, `write`. */
function oneAgent(model: ScriptedModel, options: { agent?: JsonObject; node?: JsonObject; rest?: Partial<Sample> } = {}) {
  const workflow = chain([{ id: 'write', agent_id: 'writer', ...options.node }]);
  return prepareSample({ workflow, schemas, tools, agents: [{ ...agent, ...options.agent }], ...options.rest }, [model]);
}

function said(model: ScriptedModel, request: number): string[] {
  return (model.requests[request]?.messages ?? []).map(({ role, content }) => `${role}: ${content}`);
}

describe('answers', () => {
  it('COG an answer that satisfies the schema is the output', async () => {
    const model = scriptedModel(['{"title": "A"}']);
    const { result, events } = await runToEnd(await oneAgent(model), { topic: 'boats' });
    expect(result).toMatchObject({ outcome: 'success', output: { title: 'A' } });
    expect(model.requests).toHaveLength(1);
    expect(model.requests[0]).toMatchObject({ model: 'any', schema: schemas.document });
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([
      { outcome: 'success', output: { text: '{"title": "A"}', usage: { input_tokens: 1, output_tokens: 1 } } },
    ]);
  });

  it('may stand in a fenced block', async () => {
    const model = scriptedModel(['Here you are:\n```json\n{"title": "A"}\n```\nAnything else?']);
    expect((await runToEnd(await oneAgent(model))).result.output).toEqual({ title: 'A' });
  });

  it('COG-4 a broken answer is corrected: the agent sees it again with the exact faults', async () => {
    const model = scriptedModel(['not JSON', '{"length": "long"}', '{"title": "A"}']);
    const { result, events } = await runToEnd(await oneAgent(model));
    expect(result).toMatchObject({ outcome: 'success', output: { title: 'A' } });
    const [system, user, first, fault, second, faults] = said(model, 2);
    expect([system, user]).toEqual(said(model, 0));
    expect(first).toBe('assistant: not JSON');
    expect(fault).toContain('the answer is not JSON');
    expect(second).toBe('assistant: {"length": "long"}');
    expect(faults).toContain('title');
    expect(faults).toContain('/length');
    expect(payloadsOf(events, 'effect.completed')).toHaveLength(3);
  });

  it('COG-4 three corrections are the most: then the node fails with what was wrong', async () => {
    const model = scriptedModel(['{}']);
    const { result, events } = await runToEnd(await oneAgent(model));
    expect(model.requests).toHaveLength(4);
    expect(result).toMatchObject({ outcome: 'failure', output: {} });
    expect(payloadsOf(events, 'node.completed')[1]).toMatchObject({
      error: { code: 'model.output_invalid', details: { faults: [expect.any(String)] } },
    });
    expect(payloadsOf(events, 'effect.started').map(({ key }) => key)).toEqual(
      [0, 1, 2, 3].map((ordinal) => `run-1/root/write/${ordinal}`),
    );
  });

  it('the fourth answer counts', async () => {
    const model = scriptedModel(['1', '2', '3', '{"title": "at last"}']);
    expect((await runToEnd(await oneAgent(model))).result.output).toEqual({ title: 'at last' });
  });

  it('without a schema any text is an answer', async () => {
    const model = scriptedModel(['Just words.']);
    const workflow = chain([{ id: 'write', agent_id: 'plain' }]);
    const prepared = await prepareSample({ workflow, agents: [{ id: 'plain', llm: 'script/any', prompt: 'Write.' }] }, [model]);
    expect((await runToEnd(prepared)).result.output).toBe('Just words.');
  });

  it.each(['42', 'Look:\n```json\n{"a": 1}\n```\nThat is all.', `${'['.repeat(20_000)}${']'.repeat(20_000)}`])(
    'without a schema the answer is the text, whatever it looks like (%#)',
    async (text) => {
      const workflow = chain([{ id: 'write', agent_id: 'plain' }]);
      const prepared = await prepareSample({ workflow, agents: [{ id: 'plain', llm: 'script/any', prompt: 'Write.' }] }, [
        scriptedModel([text]),
      ]);
      expect((await runToEnd(prepared)).result.output).toBe(text);
    },
  );

  it('null is JSON', async () => {
    const model = scriptedModel(['null']);
    const rest = { schemas: { document: { type: ['object', 'null'] } } };
    const { result } = await runToEnd(await oneAgent(model, { rest }));
    expect(result).toMatchObject({ outcome: 'success', output: null });
    expect(model.requests).toHaveLength(1);
  });

  const hostile: Record<string, string> = {
    'an escaped NUL': '{"title": "a\\u0000b"}',
    'an escaped NUL in a key': '{"title": "a", "k\\u0000": 1}',
    'an escaped lone surrogate': '{"title": "\\ud800"}',
    'a number beyond all bounds': '{"title": "a", "huge": 1e999}',
    'deep nesting': `{"title": "a", "deep": ${'['.repeat(5000)}${']'.repeat(5000)}}`,
  };

  it.each(Object.entries(hostile))('S5 %s in an answer is a fault to correct, and never gets into the run', async (_name, text) => {
    const model = scriptedModel([text, '{"title": "A"}']);
    const { result, events } = await runToEnd(await oneAgent(model));
    expect(result.output).toEqual({ title: 'A' });
    for (const event of events) expect(jsonFault(event.payload)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a number', 42],
    ['a NUL', 'a\u0000'],
  ])('a provider that answers with %s instead of text fails the node', async (_name, text) => {
    const model = scriptedModel(() => text as string);
    const { result, events } = await runToEnd(await oneAgent(model, { agent: { schema_out: 'document' } }));
    expect(result.outcome).toBe('failure');
    for (const event of events) expect(jsonFault(event.payload)).toBeUndefined();
  });

  it('a provider that throws fails the node with its message', async () => {
    const model = scriptedModel(() => Promise.reject(new Error('overloaded')));
    const { events } = await runToEnd(await oneAgent(model));
    expect(payloadsOf(events, 'node.completed')[1]).toMatchObject({ error: { code: 'model.failed', message: 'overloaded' } });
  });
});

describe('tools', () => {
  const plan = (calls: unknown, title = 'A') => JSON.stringify({ title, tool_plan: calls });
  const write = { tool: 'write_file', input: { path: 'a.md', content: '# A' } };
  const read = { tool: 'read_file', input: { path: 'a.md' } };
  const missing = { tool: 'read_file', input: { path: 'nowhere.md' } };
  const node = { tools: ['read_file', 'write_file'] };

  it('ENG-X4 a plan is carried out in order, and its results are in the output', async () => {
    const { result, events } = await runToEnd(await oneAgent(scriptedModel([plan([write, read])]), { node }));
    expect(result).toMatchObject({
      outcome: 'success',
      output: {
        title: 'A',
        tool_results: [
          { tool: 'write_file', outcome: 'success' },
          { tool: 'read_file', outcome: 'success', output: { content: '# A' } },
        ],
      },
    });
    expect(result.output).not.toHaveProperty('tool_plan');
    expect(payloadsOf(events, 'effect.started').map(({ kind, target }) => `${kind} ${target}`)).toEqual([
      'model script/any',
      'tool write_file',
      'tool read_file',
    ]);
    expect(payloadsOf(events, 'artifact.stored')).toMatchObject([{ name: 'a.md' }]);
  });

  it('S19 misuse goes back to the agent, and nothing of the plan is done', async () => {
    const misused = plan([write, { tool: 'delete_file', input: {} }, { tool: 'read_file', input: { file: 'a.md' } }]);
    const model = scriptedModel([misused, plan([read])]);
    const prepared = await oneAgent(model, { node });
    const { result, events } = await runToEnd(prepared);
    const [, , , correction] = said(model, 1);
    expect(correction).toContain('/1/tool');
    expect(correction).toContain('it may use read_file, write_file');
    expect(correction).toContain('/2/input');
    expect(payloadsOf(events, 'effect.started').filter(({ kind }) => kind === 'tool')).toMatchObject([{ target: 'read_file' }]);
    expect(result.outcome).toBe('partial'); // a.md was never written
  });

  it('S19 misuse in every answer fails the node', async () => {
    const model = scriptedModel([plan([{ tool: 'delete_file', input: {} }])]);
    const { result } = await runToEnd(await oneAgent(model, { node }));
    expect(model.requests).toHaveLength(4);
    expect(result).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('delete_file') });
  });

  it('ENG-X4 what a tool meets in its surroundings is recorded and fails nothing', async () => {
    const { result, events } = await runToEnd(await oneAgent(scriptedModel([plan([missing, write])]), { node }));
    expect(result).toMatchObject({ outcome: 'partial', exit: 'done' });
    expect(result.output).toMatchObject({
      tool_results: [{ tool: 'read_file', outcome: 'failure', error: { code: 'path.not_found' } }, { outcome: 'success' }],
    });
    expect(payloadsOf(events, 'node.completed')[1]).toMatchObject({ outcome: 'partial' });
  });

  it('S23 a tool that the gate refuses is a result that the agent’s node reports', async () => {
    const policy: GateStep = {
      name: 'policy',
      admit: ({ kind }) =>
        kind === 'tool'
          ? { step: 'policy', decision: 'deny', fault: { code: 'effect.refused', message: 'Not this one.' } }
          : { step: 'policy', decision: 'allow' },
    };
    const { result, events } = await runToEnd(await oneAgent(scriptedModel([plan([write])]), { node }), {}, createGate([policy]));
    expect(result.output).toMatchObject({ tool_results: [{ error: { code: 'effect.refused', message: 'Not this one.' } }] });
    expect(payloadsOf(events, 'effect.refused')).toHaveLength(1);
  });

  it('an agent without tools cannot call any', async () => {
    const rest = { schemas: { document: { ...schemas.document, additionalProperties: false } } };
    const { result, events } = await runToEnd(await oneAgent(scriptedModel([plan([read])]), { rest }));
    expect(result.outcome).toBe('failure');
    expect(payloadsOf(events, 'effect.started').every(({ kind }) => kind === 'model')).toBe(true);
  });

  it('S19 in a deterministic node misuse fails at once', async () => {
    const call = { id: 'call', handler: 'tools', tools: ['read_file'], with: { plan: '[{"tool": "write_file", "input": {}}]' } };
    const { result, events } = await runToEnd(await prepareSample({ workflow: chain([call]), tools }));
    expect(result).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('write_file') });
    expect(payloadsOf(events, 'effect.started')).toEqual([]);
  });

  it('ENG-X4 in a deterministic node what a tool meets makes the node partial', async () => {
    const call = { id: 'call', handler: 'tools', tools: ['read_file'], with: { plan: '[{"tool": "read_file", "input": {"path": path}}]' } };
    const { result } = await runToEnd(await prepareSample({ workflow: chain([call]), tools }), { path: 'nowhere.md' });
    expect(result).toMatchObject({
      outcome: 'partial',
      output: { path: 'nowhere.md', tool_results: [{ error: { code: 'path.not_found' } }] },
    });
  });
});

describe('context', () => {
  const profile = (max_tokens: number) => ({ context_profiles: [{ id: 'recent', max_tokens }] });
  const asText = (text: string) => ({ handler: 'transform', with: { expression: JSON.stringify(text) } });
  const plain = { id: 'writer', llm: 'script/any', prompt: 'Write.' };
  const write = { id: 'write', agent_id: 'writer', context: 'recent' };

  async function contextOf(nodes: (JsonObject & { id: string })[], max_tokens: number) {
    const model = scriptedModel(['words']);
    const prepared = await prepareSample({ workflow: chain([...nodes, write]), agents: [plain], memory: profile(max_tokens) }, [model]);
    const { events } = await runToEnd(prepared, 'given');
    const user = model.requests[0]?.messages[1]?.content ?? '{}';
    return { prompt: JSON.parse(user), started: payloadsOf(events, 'effect.started')[0], events };
  }

  it('MEM is the outputs before the input, oldest first, with where each came from', async () => {
    const nodes = ['one', 'two', 'three'].map((id) => ({ id, ...asText(`text of ${id}`) }));
    const { prompt, started, events } = await contextOf(nodes, 500);
    expect(prompt).toEqual({
      input: 'text of three',
      context: [
        { from: 'one', value: 'text of one' },
        { from: 'two', value: 'text of two' },
      ],
    });
    const [input, ...context] = started?.context ?? [];
    expect(input).toMatchObject({ source: 'input', task: 'root' });
    const seqOf = (node: string) => events.find((event) => event.type === 'node.completed' && event.payload.node === node)?.seq;
    expect(context).toMatchObject([
      { source: 'task', task: 'root', node: 'one', seq: seqOf('one') },
      { source: 'task', task: 'root', node: 'two', seq: seqOf('two') },
    ]);
    expect(context.every(({ tokens }) => tokens > 0)).toBe(true);
  });

  it('keeps the newest within the budget, and the input whatever its size', async () => {
    const nodes = [
      { id: 'old', ...asText('old words '.repeat(20)) },
      { id: 'new', ...asText('new words '.repeat(20)) },
      { id: 'input', ...asText('input words') },
    ];
    const narrow = await contextOf(nodes, 70);
    expect(narrow.prompt.context).toMatchObject([{ from: 'new' }]);
    expect((narrow.started?.context ?? []).reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(70);
    const none = await contextOf(nodes, 1);
    expect(none.prompt).toEqual({ input: 'input words' });
  });

  it('S28 siblings are not seen before the merge, and are after it, in merge order', async () => {
    const model = scriptedModel(({ messages }) => `said as ${messages[0]?.content}`);
    const arms = ['left', 'right'].map((id) => ({ id, agent_id: id, context: 'recent' }));
    const workflow = fan(arms);
    const nodes = workflow.nodes.map((node) =>
      node.id === 'join' ? { ...node, kind: 'agent', agent_id: 'writer', context: 'recent' } : node,
    );
    const agents = ['left', 'right', 'writer'].map((id) => ({ ...plain, id, prompt: id }));
    const prepared = await prepareSample({ workflow: { ...workflow, nodes }, agents, memory: profile(500) }, [model]);
    await runToEnd(prepared, 'given');
    const contexts = model.requests.map(({ messages }) => JSON.parse(messages[1]?.content ?? '{}').context);
    const entry = (from: string) => ({ from, value: `said as ${from}` });
    expect(contexts).toEqual([undefined, undefined, [entry('left'), entry('right')]]);
  });

  it('a node that names no profile, of an agent that names none, sees its input alone', async () => {
    const model = scriptedModel(['words']);
    const nodes = [
      { id: 'one', ...asText('one') },
      { id: 'two', ...asText('two') },
      { id: 'write', agent_id: 'writer' },
    ];
    const prepared = await prepareSample({ workflow: chain(nodes), agents: [plain], memory: profile(500) }, [model]);
    await runToEnd(prepared, 'given');
    expect(JSON.parse(model.requests[0]?.messages[1]?.content ?? '')).toEqual({ input: 'two' });
  });
});

describe('resuming', () => {
  it('S11 ENG-X7 ends the same wherever in the transcript the journal ends, and asks and calls only what is missing', async () => {
    const answers = [
      'not JSON',
      '{"title": 1}',
      JSON.stringify({
        title: 'A',
        tool_plan: [
          { tool: 'read_file', input: { path: 'b.md' } },
          { tool: 'read_file', input: { path: 'c.md' } },
        ],
      }),
    ];
    // What the model says depends on what it was asked, not on how often.
    const model = scriptedModel(({ messages }) => answers[(messages.length - 2) / 2] ?? '');
    const prepared = await oneAgent(model, { node: { tools: ['read_file'] } });
    const whole = await runToEnd(prepared, { topic: 'boats' });
    const asked = model.requests.length;
    expect(asked).toBe(3);
    const text = JSON.stringify(whole.events);
    for (let length = 1; length < whole.events.length; length += 1) {
      const prefix: JournalEvent[] = JSON.parse(text).slice(0, length);
      const journal = new MemoryJournal();
      await journal.append('run-1', 0, prefix);
      model.requests.length = 0;
      await (await driverOn(journal).resume(prepared, 'run-1')).ended;
      const events = await journal.read('run-1');
      expectSound(prepared, events);
      expect(finalState(prepared, events)).toEqual(finalState(prepared, whole.events));
      const known = payloadsOf(prefix, 'effect.completed').filter(({ key }) => Number(key.at(-1)) < asked).length;
      expect(model.requests).toHaveLength(asked - known);
    }
  });

  it('ENG-X8 a cancelled agent tells its provider', async () => {
    const signals: AbortSignal[] = [];
    const model = scriptedModel((_request, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const { handle } = begin(await oneAgent(model));
    await turns();
    await handle.cancel('enough');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(await handle.ended).toMatchObject({ status: 'cancelled' });
  });
});
