import { type JsonObject, jsonFault } from '@espalier/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Material } from '../reading/material.ts';
import { fillSchema } from './fill-schema.ts';

const text = { type: 'string' };

function material(parts: Partial<Material>): Material {
  return { instruction: '', document: undefined, sources: [], path: undefined, system: '', ...parts };
}

function object(properties: JsonObject, more: JsonObject = {}): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more };
}

// One instance: setting up the meta-schema costs more than a validation.
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

function problems(schema: JsonObject, value: unknown): string {
  return ajv.validate(schema, value) ? '' : ajv.errorsText();
}

const report = `# Mill Restoration

The mill wheel was repaired in spring. Volunteers gave 400 hours of work. The roof still leaks.

## Costs

- Timber: 900 EUR
- Nails: 40 EUR

## Next year

The roof will be replaced. See https://mill.example/plan or ask ida@mill.example before 2027-03-01.
`;

describe('filling a schema', () => {
  it('describes the given document by the names of the properties', () => {
    const schema = object({
      title: text,
      length: { type: 'integer' },
      sections: { type: 'array', items: text },
      summary: { type: 'string', maxLength: 120 },
      file_name: text,
      link: text,
      contactEmail: text,
      dueDate: { type: 'string', format: 'date' },
      action_items: { type: 'array', items: text },
    });
    const value = fillSchema(schema, material({ document: report, path: 'mill.md' }));
    expect(value).toMatchObject({
      title: 'Mill Restoration',
      sections: ['Costs', 'Next year'],
      file_name: 'mill.md',
      link: 'https://mill.example/plan',
      contactEmail: 'ida@mill.example',
      dueDate: '2027-03-01',
      action_items: ['Timber: 900 EUR', 'Nails: 40 EUR'],
    });
    expect(problems(schema, value)).toBe('');
  });

  it('makes title, path and sections fit the document that it writes', () => {
    const part = object({ heading: text, content: text });
    const schema = object({ path: text, title: text, markdown: text, outline: { type: 'array', items: part } });
    const value = fillSchema(schema, material({ instruction: 'Draft a proposal about a seed library' }));
    expect(value).toMatchObject({ path: 'proposal-seed-library.md', title: 'Proposal: Seed Library' });
    expect(value).toMatchObject({
      markdown: expect.stringContaining('# Proposal: Seed Library'),
      outline: expect.arrayContaining([expect.objectContaining({ heading: 'Background' })]),
    });
  });

  it('edits when there is a document and the order is an edit', () => {
    const value = fillSchema(object({ content: text, title: text }), material({ instruction: 'Call it Old Mill', document: report }));
    expect(value).toEqual({ title: 'Old Mill', content: report.replace('Mill Restoration', 'Old Mill') });
  });

  it.each([
    ['Compose a letter to the mayor', undefined, 'create'],
    ['Tighten the second paragraph', report, 'edit'],
    ['Add a heading about nails', report, 'edit'],
    ['Hmm', report, 'edit'],
    ['Hmm', undefined, 'create'],
  ])('chooses between creating and editing: %s', (instruction, document, expected) => {
    for (const values of [
      ['create', 'edit'],
      ['edit', 'create'],
    ]) {
      expect(fillSchema(object({ selected_edge: { enum: values } }), material({ instruction, document }))).toEqual({
        selected_edge: expected,
      });
    }
  });

  it.each([
    ['I was charged twice, please refund my card', ['technical', 'billing', 'other'], 'billing'],
    ['The server config fails after install', ['billing', 'technical', 'other'], 'technical'],
    ['Lovely weather', ['billing', 'technical', 'other'], 'other'],
    ['What a wonderful, great concert', ['negative', 'neutral', 'positive'], 'positive'],
  ])('classifies “%s”', (instruction, values, expected) => {
    expect(fillSchema(object({ category: { enum: values } }), material({ instruction }))).toEqual({ category: expected });
  });

  it('reads options from oneOf constants with descriptions, and from quoted words of the prompt', () => {
    const queue = {
      oneOf: [
        { const: 'a', description: 'plants and seeds' },
        { const: 'b', description: 'machines and engines' },
      ],
    };
    expect(fillSchema(object({ queue }), material({ instruction: 'The engines are loud' }))).toEqual({ queue: 'b' });
    const system = 'Answer with `archive` or `delete`.';
    expect(fillSchema(object({ label: text }), material({ instruction: 'Please remove this', system }))).toEqual({ label: 'delete' });
  });

  it('decides booleans by mention and denial', () => {
    const schema = object({ is_urgent: { type: 'boolean' }, needsReview: { type: 'boolean' } });
    expect(fillSchema(schema, material({ instruction: 'This is critical but not for review' }))).toEqual({
      is_urgent: true,
      needsReview: false,
    });
  });

  it('ends for schemas that refer to themselves, even when they demand it', () => {
    const tree: JsonObject = {
      $ref: '#/$defs/node',
      $defs: { node: { type: 'object', properties: { name: text, a: { $ref: '#/$defs/node' }, b: { $ref: '#/$defs/node' } } } },
    };
    expect(problems(tree, fillSchema(tree, material({ document: report })))).toBe('');
    const endless: JsonObject = { type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#' } }, required: ['a', 'b'] };
    expect(fillSchema(endless, material({}))).toBeTypeOf('object');
    expect(fillSchema({ $ref: '#' }, material({ document: 'x' }))).toBe('x');
  });

  it('treats hostile property names as data', () => {
    const schema: JsonObject = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"integer"}},"required":["__proto__","toString"]}',
    );
    const value = fillSchema(schema, material({ document: report }));
    expect(problems(schema, value)).toBe('');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

const names = fc.constantFrom(
  'title',
  'summary',
  'tags',
  'content',
  'wordCount',
  'score',
  'is_done',
  'steps',
  'path',
  'tone',
  'weird zz',
  'date',
  'label',
  'x',
);
const limits = fc.tuple(fc.nat(20), fc.nat(20)).map(([low, more]) => [low, low + more] as const);
const leafSchema: fc.Arbitrary<JsonObject> = fc.oneof(
  limits.map(([minLength, maxLength]): JsonObject => ({ type: 'string', minLength, maxLength })),
  limits.map(([minimum, maximum]): JsonObject => ({ type: 'integer', minimum, maximum })),
  limits.map(([low, high]): JsonObject => ({ type: 'number', exclusiveMinimum: low - 10, maximum: high })),
  fc.integer({ min: 1, max: 9 }).map((multipleOf): JsonObject => ({ type: 'integer', multipleOf, minimum: -5 })),
  fc.constantFrom<JsonObject>(
    { type: 'boolean' },
    { type: 'null' },
    { type: ['null', 'string'] },
    { const: [1] },
    { type: 'string', pattern: '^[a-z0-9-]+$' },
    {},
  ),
  fc
    .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { minLength: 1, maxLength: 4 })
    .map((values): JsonObject => ({ enum: values })),
  fc.constant<JsonObject>({ $ref: '#/$defs/shared' }),
);
const schemaTree = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    leafSchema,
    fc
      .tuple(tie('schema'), fc.nat(3), fc.nat(4))
      .map(([items, minItems, more]): JsonObject => ({ type: 'array', items, minItems, maxItems: minItems + more })),
    fc
      .tuple(fc.dictionary(names, tie('schema'), { maxKeys: 5 }), fc.boolean())
      .map(([properties, strict]) => object({ ...properties }, { additionalProperties: !strict })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf): JsonObject => ({ anyOf })),
    fc
      .tuple(tie('schema'), tie('schema'))
      .map(([first, second]): JsonObject => ({ type: 'array', prefixItems: [first, second], items: false, minItems: 2 })),
  ),
})).schema;

describe('any filled schema', () => {
  const given = fc.record({
    instruction: fc.oneof(fc.lorem({ mode: 'sentences' }), fc.string({ unit: 'grapheme' })),
    document: fc.option(fc.oneof(fc.constant(report), fc.string({ unit: 'grapheme', maxLength: 400 })), { nil: undefined }),
  });

  it('is satisfied, is JSON, and comes out the same twice', () => {
    fc.assert(
      fc.property(schemaTree, given, (tree, parts) => {
        const schema: JsonObject = { ...tree, $defs: { shared: { type: 'string', maxLength: 5 } } };
        const value = fillSchema(schema, material(parts));
        expect(problems(schema, value)).toBe('');
        expect(jsonFault(value)).toBeUndefined();
        expect(fillSchema(schema, material(parts))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });
});
