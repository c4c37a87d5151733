import { EspalierError, type Json, type JsonObject, type NodeManifest } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import type { HandlerContext } from './handler.ts';
import { createHandler } from './registry.ts';

function nodeOf(handler: string | undefined, parameters: JsonObject = {}, more: Partial<NodeManifest> = {}): NodeManifest {
  return {
    id: 'n1',
    kind: 'deterministic',
    role: 'linear',
    ...(handler === undefined ? {} : { handler }),
    with: parameters,
    idempotent: false,
    risk: 'high',
    default_start: false,
    context: 'none',
    tools: [],
    continue_on_failure: false,
    always_fail: false,
    ...more,
  };
}

const context: HandlerContext = {
  task: 'root',
  node: 'n1',
  failures: [{ code: 'tool.failed' }],
  labels: ['create', 'edit'],
  signal: new AbortController().signal,
};
const run = async (handler: string, parameters: JsonObject, input: Json) => createHandler(nodeOf(handler, parameters))(input, context);

function errorOf(make: () => unknown): EspalierError {
  try {
    make();
  } catch (thrown) {
    if (thrown instanceof EspalierError) return thrown;
  }
  throw new Error('no EspalierError was thrown');
}

describe('normalise (ENG-X2)', () => {
  it.each<[string, Json, Json]>([
    ['a text', '\uFEFFcafe\u0301 \r\nb\t\rc  ', { text: 'café\nb\nc' }],
    ['an object', { a: ['x \r\n'], b: { c: 'e\u0301' }, n: 1 }, { a: ['x\n'], b: { c: 'é' }, n: 1 }],
    ['a list', ['a '], { value: ['a'] }],
    ['null', null, { value: null }],
  ])('normalises %s', async (_name, input, expected) => {
    expect(await run('normalise', {}, input)).toStrictEqual(expected);
  });

  it('names the field of a plain text and fills in defaults', async () => {
    const parameters = { field: 'instruction', defaults: { tone: 'plain', instruction: 'none' } };
    expect(await run('normalise', parameters, 'write')).toStrictEqual({ tone: 'plain', instruction: 'write' });
    expect(await run('normalise', parameters, { tone: null })).toStrictEqual({ tone: null, instruction: 'none' });
  });

  it('leaves its input as it was, and keeps __proto__ an ordinary key', async () => {
    const input: JsonObject = JSON.parse('{"__proto__":{"polluted":true},"a":"x "}');
    const output = await run('normalise', {}, input);
    expect(JSON.stringify(output)).toBe('{"__proto__":{"polluted":true},"a":"x"}');
    expect(input.a).toBe('x ');
    expect(output).not.toHaveProperty('polluted');
  });

  it('takes linear time over a long run of spaces', async () => {
    const input = `${' '.repeat(200_000)}x`.repeat(5);
    expect(await run('normalise', {}, input)).toStrictEqual({ text: input });
  });
});

describe('pass', () => {
  it('returns its input itself, synchronously', () => {
    const input = { a: [1] };
    expect(createHandler(nodeOf('pass'))(input, context)).toBe(input);
  });
});

describe('transform', () => {
  it('gives the value of an expression, which sees input, failures, task and node', async () => {
    const expression = '{"a": $input.a, "same": a, "failed": $failures.code, "task": $task, "node": $node}';
    expect(await run('transform', { expression }, { a: 1 })).toStrictEqual({
      a: 1,
      same: 1,
      failed: 'tool.failed',
      task: 'root',
      node: 'n1',
    });
  });

  it('sets fields of an object, each from the original input', async () => {
    const set = { a: 'b', b: 'a', c: 'a + b' };
    expect(await run('transform', { set }, { a: 1, b: 2, d: 4 })).toStrictEqual({ a: 2, b: 1, c: 3, d: 4 });
    await expect(run('transform', { set }, 'text')).rejects.toMatchObject({ code: 'expression.failed' });
  });

  it.each([[{}], [{ expression: '1', set: {} }]])('wants an expression or fields to set, not %j', (parameters) => {
    expect(errorOf(() => createHandler(nodeOf('transform', parameters))).code).toBe('input.invalid');
  });
});

describe('decide (ENG-X2)', () => {
  const rules = [
    { when: 'exists', label: 'edit' },
    { when: '$input.kind = "new"', label: 'create' },
  ];

  it.each<[Json, string]>([
    [{ exists: true, kind: 'new' }, 'edit'],
    [{ exists: [0, ''], kind: 'new' }, 'create'],
    [{ exists: {}, kind: 'new' }, 'create'],
    [{ exists: [0, 1] }, 'edit'],
  ])('%j goes to %s', async (input, label) => {
    expect(await run('decide', { rules }, input)).toBe(label);
  });

  it('falls back to the default, and without one fails with the labels', async () => {
    expect(await run('decide', { rules, default: 'create' }, {})).toBe('create');
    const failing = run('decide', { rules }, {});
    await expect(failing).rejects.toMatchObject({ code: 'decision.no_edge', details: { labels: ['create', 'edit'] } });
    await expect(run('decide', { rules: [], default: 'delete' }, {})).rejects.toThrow('expected one of create, edit');
  });
});

describe('template', () => {
  it('gives a text, or the input with the text', async () => {
    expect(await run('template', { template: 'Hi {{ name }}' }, { name: 'Ada' })).toBe('Hi Ada');
    expect(await run('template', { template: 'Hi {{ name }}', into: 'text' }, { name: 'Ada' })).toStrictEqual({
      name: 'Ada',
      text: 'Hi Ada',
    });
    await expect(run('template', { template: '', into: 'text' }, [])).rejects.toMatchObject({ code: 'expression.failed' });
  });
});

describe('a node’s handler', () => {
  it('defaults to normalise for a start and to pass for other roles', async () => {
    expect(await createHandler(nodeOf(undefined, {}, { role: 'start' }))('x', context)).toStrictEqual({ text: 'x' });
    expect(await createHandler(nodeOf(undefined))('x', context)).toBe('x');
  });

  it.each(['nope', '__proto__', 'constructor', './handlers/x.ts#f', 'tools'])('is not built in if it is %s', (name) => {
    expect(errorOf(() => createHandler(nodeOf(name))).code).toBe('module.invalid');
  });

  it('with an unknown field is refused, naming node, field and the nearest valid name (ENG-M1)', () => {
    const error = errorOf(() => createHandler(nodeOf('template', { template: 'x', inot: 'y' })));
    expect(error.code).toBe('input.invalid');
    expect(error.message).toBe('Node n1: with.inot: unknown field; did you mean into?');
    expect(error.details).toStrictEqual({ node: 'n1', fields: ['with.inot'] });
  });

  it('with a field of the wrong type is refused, naming it', () => {
    expect(errorOf(() => createHandler(nodeOf('decide', { rules: [{ when: 1, label: 'a' }] }))).message).toContain('with.rules.0.when');
    expect(errorOf(() => createHandler(nodeOf('pass', { x: 1 }))).code).toBe('input.invalid');
  });
});
