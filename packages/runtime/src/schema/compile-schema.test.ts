import type { Json, JsonObject } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { createSchemaCompiler } from './compile-schema.ts';

const request: JsonObject = {
  type: 'object',
  properties: {
    title: { type: 'string', minLength: 2 },
    tone: { enum: ['plain', 'warm'] },
    at: { type: 'string', format: 'date' },
    'a/b': { type: 'integer' },
  },
  required: ['title', 'tone'],
  additionalProperties: false,
};

describe('checking values against JSON Schemas', () => {
  it('finds nothing wrong with a valid value', () => {
    expect(createSchemaCompiler().compile(request)({ title: 'On trees', tone: 'warm', at: '2026-02-28' })).toEqual([]);
  });

  it.each<[Json, string, RegExp]>([
    [{ tone: 'warm' }, '/title', /^is required$/],
    [{ title: 'ok', tone: 'warm', extra: 1 }, '/extra', /not a known member/],
    [{ title: 7, tone: 'warm' }, '/title', /must be string, found number/],
    [{ title: 'ok', tone: 'cold' }, '/tone', /one of "plain", "warm"/],
    [{ title: 'ok', tone: 'warm', at: '2026-02-30' }, '/at', /date/],
    [{ title: 'ok', tone: 'warm', 'a/b': 'x' }, '/a~1b', /must be integer, found string/],
    [['a list'], '', /must be object, found array/],
    [null, '', /must be object, found null/],
  ])('%j is wrong at %j', (value, path, message) => {
    expect(createSchemaCompiler().compile(request)(value)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  it('reports all faults at once, but not without end', () => {
    expect(createSchemaCompiler().compile(request)({ title: 'x', extra: 1 })).toHaveLength(3);
    const numbers = createSchemaCompiler().compile({ type: 'array', items: { type: 'number' } });
    expect(numbers(Array.from({ length: 1000 }, () => 'x'))).toHaveLength(20);
  });

  it('compiles one schema once', () => {
    const compiler = createSchemaCompiler(new Map([['request', request]]));
    expect(compiler.compile(request)).toBe(compiler.named('request'));
    expect(compiler.named('nobody')).toBeUndefined();
  });

  it.each(['part', 'part.json', './part.json', 'part.json#/$defs/name', 'part#/$defs/name'])(
    'resolves the reference %s to a sibling',
    (reference) => {
      const part = { $defs: { name: { type: 'string' } }, $ref: '#/$defs/name' };
      const whole = { type: 'object', properties: { name: { $ref: reference } } };
      const compiler = createSchemaCompiler(
        new Map<string, JsonObject>([
          ['whole', whole],
          ['part', part],
        ]),
      );
      expect(compiler.named('whole')?.({ name: 'x' })).toEqual([]);
      expect(compiler.named('whole')?.({ name: 1 })).toHaveLength(1);
    },
  );

  it('lets schemas refer to each other in circles', () => {
    const tree = { type: 'object', properties: { children: { $ref: 'forest.json' } }, additionalProperties: false };
    const forest = { type: 'array', items: { $ref: 'tree' } };
    const compiler = createSchemaCompiler(
      new Map<string, JsonObject>([
        ['tree', tree],
        ['forest', forest],
      ]),
    );
    expect(compiler.named('tree')?.({ children: [{ children: [] }, { child: 1 }] })).toMatchObject([{ path: '/children/1/child' }]);
  });

  it.each<[string, JsonObject]>([
    ['an unknown type', { type: 'text' }],
    ['a reference to nothing', { $ref: 'nobody.json' }],
    ['an older dialect', { $schema: 'http://json-schema.org/draft-04/schema#' }],
    ['a broken pattern', { pattern: '(' }],
    ['a validator that would answer with a promise', { $async: true, type: 'string' }],
  ])('refuses %s, with the name of the schema', (_what, schema) => {
    const compile = () => createSchemaCompiler(new Map([['bad', schema]])).named('bad');
    expect(compile).toThrow(expect.objectContaining({ code: 'manifest.invalid', message: expect.stringContaining('Schema bad') }));
  });
});
