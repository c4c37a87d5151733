import { EspalierError, type JournalEvent, type Json, type JsonObject, jsonFault } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { JsonlJournal } from '../journal/jsonl-journal.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { customProgram, reducedProgram } from './programs.ts';
import { chain, compileSample, fan, prepareSample, prepareWith, temporaryDirectory } from './testing/sample-workflow.ts';
import { begin, driverOn, engineVersion, expectSound, finalState, payloadsOf, runToEnd } from './testing/test-driver.ts';

type Code = (...args: never[]) => unknown;

/** A chain of custom nodes; the modules' functions are given here. */
function customChain(functions: Record<string, Code>, nodes: Record<string, JsonObject> = {}): PreparedWorkflow {
  const ids = Object.keys(functions);
  const workflow = compileSample({ workflow: chain(ids.map((id) => ({ id, handler: 'pass', ...nodes[id] }))) });
  const programs = ids.map((id) => {
    const node = workflow.graph.byId.get(id);
    if (!node) throw new Error(`no node ${id}`);
    return [id, customProgram(node, { name: `./${id}.ts#fn`, handler: functions[id] as (...args: unknown[]) => unknown })] as const;
  });
  return prepareWith(workflow, Object.fromEntries(programs));
}

function cycle(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}

class Instance {
  field = 1;
}

describe('what custom code returns', () => {
  const hostile: Record<string, () => unknown> = {
    'a function': () => () => 1,
    NaN: () => ({ value: Number.NaN }),
    infinity: () => [Number.POSITIVE_INFINITY],
    'a cycle': cycle,
    'a BigInt': () => 1n,
    'a class instance': () => new Instance(),
    'a date': () => ({ at: new Date(0) }),
    'a map': () => new Map(),
    'an undefined member': () => ({ missing: undefined }),
    'a hole in a list': () => new Array(2),
    'a symbol': () => Symbol('x'),
    'a NUL': () => 'a\u0000b',
    'a NUL in a key': () => ({ 'a\u0000': 1 }),
    'a lone surrogate': () => ['\ud800'],
    'a getter that throws': () => ({
      get value() {
        throw new Error('no');
      },
    }),
    'a promise of a function': async () => () => 1,
  };

  it.each(Object.entries(hostile))('S5 %s fails the node and leaves the run’s value as it was', async (_name, make) => {
    const { result, events } = await runToEnd(customChain({ work: make }), { kept: true });
    expect(result).toMatchObject({ status: 'completed', outcome: 'failure', output: { kept: true } });
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ outcome: 'failure' }]);
    expect(jsonFault(events)).toBeUndefined();
  });

  it('nothing at all is null', async () => {
    const { result } = await runToEnd(customChain({ work: () => undefined }));
    expect(result).toMatchObject({ outcome: 'success', output: null });
  });

  it('is partial if it says so', async () => {
    const { result } = await runToEnd(customChain({ work: () => ({ outcome: 'partial', output: 3 }) }));
    expect(result).toMatchObject({ outcome: 'partial', output: 3 });
  });

  it('S8 may be changed afterwards by the code that returned it: the run keeps what it was', async () => {
    const cache = { count: 0 };
    const count = () => {
      cache.count += 1;
      return cache;
    };
    const { events } = await runToEnd(customChain({ first: count, second: count }));
    expect(payloadsOf(events, 'effect.completed').map((payload) => payload.output)).toEqual([{ count: 1 }, { count: 2 }]);
  });
});

describe('what custom code throws', () => {
  const thrown: Record<string, () => unknown> = {
    text: () => 'plain text',
    nothing: () => undefined,
    null: () => null,
    'an object without a prototype': () => Object.create(null),
    'a symbol': () => Symbol('x'),
    'an error whose message is a number': () => Object.assign(new Error('x'), { message: 42 }),
    'an error whose message is an object': () => Object.assign(new Error('x'), { message: { text: 'x' } }),
    'an error whose message holds a NUL': () => new Error('a\u0000b'),
    'an error whose message holds a lone surrogate': () => new Error('a\ud800b'),
    'an error with details that are not JSON': () => new EspalierError('tool.failed', 'x', { details: JSON.parse('{}') }),
    'an error whose message throws': () =>
      Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('no');
        },
      }),
  };

  it.each(Object.entries(thrown))('S5 %s: fails the node with a fault that a journal can hold', async (_name, make) => {
    const prepared = customChain({
      work: () => {
        throw make();
      },
    });
    const directory = await temporaryDirectory();
    const journal = new JsonlJournal(directory);
    const result = await driverOn(journal).start(prepared, { run: 'run-1', input: {}, engineVersion }).ended;
    await journal.close();
    expect(result).toMatchObject({ status: 'completed', outcome: 'failure' });
    const events = await new JsonlJournal(directory).read('run-1');
    expectSound(prepared, events);
    expect(jsonFault(events)).toBeUndefined();
  });
});

describe('what custom code is given', () => {
  it('S8 its input may be changed by it without changing the run', async () => {
    const input = { list: [1], deep: { count: 1 } };
    const prepared = customChain({
      first: (value: typeof input) => {
        value.list.push(2);
        value.deep.count += 1;
        throw new Error('after the change');
      },
    });
    const { result } = await runToEnd(prepared, input);
    expect(result.output).toEqual({ list: [1], deep: { count: 1 } });
  });

  it('S8 an input that it changes and returns is its output, and recorded as such', async () => {
    const increment = (value: { count: number }) => {
      value.count += 1;
      return value;
    };
    const prepared = customChain({ first: increment, second: increment });
    const journal = new JsonlJournal(await temporaryDirectory());
    const result = await driverOn(journal).start(prepared, { run: 'run-1', input: { count: 0 }, engineVersion }).ended;
    const events = await journal.read('run-1');
    await journal.close();
    expect(result.output).toEqual({ count: 2 });
    expect(finalState(prepared, events)).toMatchObject({ tasks: { root: { value: { count: 2 } } } });
    expect(events[0]).toMatchObject({ payload: { input: { count: 0 } } });
  });

  it('S17 its parameters may be changed by it without changing the workflow', async () => {
    const modules = {
      'work.mjs': 'export const fn = (input, { with: parameters }) => { parameters.count += 1; return parameters.count; };',
    };
    const workflow = chain([{ id: 'work', handler: './work.mjs#fn', with: { count: 1 } }]);
    const prepared = await prepareSample({ workflow, modules });
    expect((await runToEnd(prepared)).result.output).toBe(2);
    expect((await runToEnd(prepared)).result.output).toBe(2);
  });

  it('S9 a handler is told the key of its effect, so that it can recognise a repetition', async () => {
    const contexts: { key?: string; node: string; task: string }[] = [];
    const prepared = customChain({ work: (_input: Json, context: never) => contexts.push(context) });
    await runToEnd(prepared);
    expect(contexts).toMatchObject([{ key: 'run-1/root/work/0', node: 'work', task: 'root' }]);
  });

  it('S8 clones do not see each other’s changes', async () => {
    const arms = ['a', 'b', 'c'];
    const workflow = compileSample({
      workflow: fan(
        arms.map((id) => ({ id })),
        { merge: { reducer: 'concat' }, rest: { concurrency: 1 } },
      ),
    });
    const handler = (...args: unknown[]) => {
      const value = args[0] as { count: number };
      value.count += 1;
      return value.count;
    };
    const programs = arms.map((id) => {
      const node = workflow.graph.byId.get(id);
      if (!node) throw new Error('no node');
      return [id, customProgram(node, { name: id, handler })] as const;
    });
    const { result } = await runToEnd(prepareWith(workflow, Object.fromEntries(programs)), { count: 0 });
    expect(result.output).toEqual([1, 1, 1]);
  });

  it('S8 the caller may change the input after the start', async () => {
    const input = { text: 'as given' };
    const { handle, journal } = begin(customChain({ work: (value: { text: string }) => value.text }), input);
    input.text = 'changed';
    expect(await handle.ended).toMatchObject({ output: 'as given' });
    expect((await journal.read('run-1'))[0]).toMatchObject({ payload: { input: { text: 'as given' } } });
  });
});

describe('custom reducers', () => {
  const modules = {
    'reducers/join.mjs': `
      export const join = (entries) => entries.map((entry) => entry.output).join('+');
      export const broken = () => ({ value: NaN });
      export const greedy = (entries) => { entries.push('more'); entries[0].output = 'changed'; return entries.length; };`,
  };
  const arms = [
    { id: 'a', handler: 'transform', with: { expression: '"left"' } },
    { id: 'b', handler: 'transform', with: { expression: '"right"' } },
  ];

  it('S12 combine what arrived as a recorded effect', async () => {
    const prepared = await prepareSample({ workflow: fan(arms, { merge: { reducer: './reducers/join.mjs#join' } }), modules });
    const { result, events } = await runToEnd(prepared);
    expect(result).toMatchObject({ outcome: 'success', output: 'left+right' });
    expect(payloadsOf(events, 'effect.started')).toMatchObject([{ kind: 'reducer', target: './reducers/join.mjs#join', node: 'join' }]);
  });

  it('S5 fail their node when they return what is not JSON', async () => {
    const prepared = await prepareSample({ workflow: fan(arms, { merge: { reducer: './reducers/join.mjs#broken' } }), modules });
    const { result } = await runToEnd(prepared);
    expect(result).toMatchObject({ outcome: 'failure' });
  });

  it('S18 are not asked at a rejoin, which passes each arrival through', async () => {
    const plain = { kind: 'deterministic' };
    const rules = { rules: [{ when: 'left', label: 'l' }], default: 'r' };
    const workflow = {
      id: 'sample',
      nodes: [
        { ...plain, id: 'begin', role: 'start', default_start: true },
        { ...plain, id: 'choose', role: 'decision', handler: 'decide', with: rules },
        { ...plain, id: 'again', role: 'merge', merge: { reducer: './reducers/join.mjs#join' } },
        { ...plain, id: 'left', role: 'linear' },
        { ...plain, id: 'right', role: 'linear' },
        { ...plain, id: 'done', role: 'exit' },
      ],
      edges: [
        { from: 'begin', to: 'choose' },
        { from: 'choose', to: 'left', label: 'l' },
        { from: 'choose', to: 'right', label: 'r' },
        { from: 'left', to: 'again' },
        { from: 'right', to: 'again' },
        { from: 'again', to: 'done' },
      ],
    };
    const prepared = await prepareSample({ workflow, modules });
    const { result } = await runToEnd(prepared, { left: true });
    expect(result).toMatchObject({ outcome: 'success', output: { left: true } });
  });

  it('S8 cannot change what arrived', async () => {
    const workflow = compileSample({ workflow: fan([{ id: 'a' }, { id: 'b' }]) });
    const reducer = (...args: unknown[]) => {
      const entries = args[0] as { output: { count: number } }[];
      for (const entry of entries) entry.output.count += 1;
      return entries.length;
    };
    const prepared = prepareWith(workflow, {
      join: reducedProgram({ name: 'sum', reducer }, { now: (output) => ({ outcome: 'success', output }) }),
    });
    const { events } = await runToEnd(prepared, { count: 0 });
    expect(events[0]).toMatchObject({ payload: { input: { count: 0 } } });
  });
});

describe('custom code that hangs', () => {
  const deaf = () => new Promise(() => {});

  it('ENG-X8 is given up at the node’s timeout', async () => {
    const { result, events } = await runToEnd(customChain({ work: deaf }, { work: { timeout: '20ms' } }));
    expect(result.outcome).toBe('failure');
    expect(payloadsOf(events, 'node.completed').at(-1)).toMatchObject({ node: 'work', error: { code: 'node.timed_out' } });
    expect(payloadsOf(events, 'effect.completed')).toMatchObject([{ error: { code: 'effect.cancelled' } }]);
  });

  it('ENG-X8 does not hold up a cancellation', async () => {
    const prepared = customChain({ work: deaf });
    const { handle, journal } = begin(prepared);
    await handle.cancel('enough');
    expect(await handle.ended).toMatchObject({ status: 'cancelled', reason: 'enough' });
    const events: JournalEvent[] = await journal.read('run-1');
    expectSound(prepared, events);
  });
});
