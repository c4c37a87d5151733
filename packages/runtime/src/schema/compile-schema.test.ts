import { compileWorkflow, type Json, type JsonObject } from '@espalier/core';
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

  const part = { $id: 'https://example.org/part.json', $defs: { name: { $anchor: 'name', type: 'string' } }, $ref: '#/$defs/name' };
  const referring = (reference: string) => {
    const whole = { $id: 'https://example.org/whole.json', type: 'object', properties: { name: { $ref: reference } } };
    return new Map<string, JsonObject>([
      ['whole', whole],
      ['part', part],
    ]);
  };
  const schemaProblems = (schemas: ReadonlyMap<string, JsonObject>) => {
    const files = [...schemas].map(([name, schema]) => ({ path: `schemas/${name}.json`, text: JSON.stringify(schema) }));
    const compiled = compileWorkflow(files, { folder: 'x' });
    return compiled.ok ? [] : compiled.problems.filter(({ file }) => file.startsWith('schemas/'));
  };

  it.each(['part.json', './part.json', 'part.json#/$defs/name', 'part.json#name'])(
    'resolves the reference %s to a sibling, at load as at run time, whatever the $id',
    (reference) => {
      const compiler = createSchemaCompiler(referring(reference));
      expect(compiler.named('whole')?.({ name: 'x' })).toEqual([]);
      expect(compiler.named('whole')?.({ name: 1 })).toHaveLength(1);
      expect(schemaProblems(referring(reference))).toEqual([]);
    },
  );

  it.each(['part', 'part#/$defs/name', 'nobody.json', '../part.json', 'https://example.org/part.json', 'part.json#/$defs/nobody'])(
    'refuses the reference %s, at load as at run time',
    (reference) => {
      expect(() => createSchemaCompiler(referring(reference)).named('whole')).toThrow(
        expect.objectContaining({ code: 'manifest.invalid' }),
      );
      expect(schemaProblems(referring(reference))).toMatchObject([{ file: 'schemas/whole.json', path: '/properties/name/$ref' }]);
    },
  );

  it('lets a schema from elsewhere refer to those of the workflow, and to itself, without taking its $id for an address', () => {
    const compiler = createSchemaCompiler(referring('part.json'));
    const strangers = [1, 2].map((minLength) => ({
      $id: 'schemas:///schemas/part.json',
      properties: { name: { $ref: 'part.json' }, own: { $ref: '#own' } },
      $defs: { own: { $anchor: 'own', type: 'string', minLength } },
    }));
    const faults = strangers.map((schema) =>
      compiler
        .compile(schema)({ name: 1, own: 'x' })
        .map(({ path }) => path),
    );
    expect(faults).toEqual([['/name'], ['/name', '/own']]);
  });

  it('lets schemas refer to each other in circles', () => {
    const tree = { type: 'object', properties: { children: { $ref: 'forest.json' } }, additionalProperties: false };
    const forest = { type: 'array', items: { $ref: 'tree.json' } };
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
    ['a dialect that is no text', { $schema: 5 }],
    ['an anchor that stands twice', { $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x' } } }],
    ['a broken pattern', { pattern: '(' }],
    ['a validator that would answer with a promise', { $async: true, type: 'string' }],
  ])('refuses %s, with the name of the schema, at load as at run time', (_what, schema) => {
    const schemas = new Map([['bad', schema]]);
    const compile = () => createSchemaCompiler(schemas).named('bad');
    expect(compile).toThrow(expect.objectContaining({ code: 'manifest.invalid', message: expect.stringContaining('Schema bad') }));
    expect(schemaProblems(schemas)).toMatchObject([{ code: expect.stringMatching(/^manifest\.schema_/), file: 'schemas/bad.json' }]);
  });

  it('knows the dialect by name, and the same formats at load as at run time', () => {
    const day = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'string', format: 'date' };
    expect(createSchemaCompiler().compile(day)('2026-02-30')).toHaveLength(1);
    expect(schemaProblems(new Map([['day', day]]))).toEqual([]);
  });
});
