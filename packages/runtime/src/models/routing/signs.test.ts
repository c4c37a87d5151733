import { describe, expect, test } from 'vitest';
import { estimateTokens } from './estimate-tokens.ts';
import { excerpt } from './excerpt.ts';
import { mathsSigns } from './maths-signs.ts';
import { readRequest } from './read-request.ts';
import { reasoningSigns } from './reasoning-signs.ts';
import { schemaSigns } from './schema-signs.ts';
import { complexityOf } from './sign.ts';
import { structureSigns } from './structure-signs.ts';
import { longDocument, ordersSchema, searchTools } from './testing/long-material.ts';
import { textsOf } from './texts-of.ts';

const said = (content: string) => readRequest([{ role: 'user', content }]);
const reasonsOf = (signs: { reason: string }[]) => signs.map(({ reason }) => reason);

describe('COG-2: complexity', () => {
  test('each sign takes its share of what the others left', () => {
    const half = { weight: 0.5, reason: '' };
    expect([[], [half], [half, half], [half, half, half]].map(complexityOf)).toEqual([0, 0.5, 0.75, 0.88]);
  });
});

describe('COG-2: form', () => {
  test('several questions, items, instructions and conditions are signs; one of each is not', () => {
    expect(reasonsOf(structureSigns(said('What? Where? When?')))).toEqual(['3 questions']);
    expect(reasonsOf(structureSigns(said('Do:\n- this\n- that\n1. and this\n2) and that')))).toEqual(['list of 4']);
    expect(reasonsOf(structureSigns(said('Cut it, then wash it. Finally dry it.')))).toEqual(['several instructions']);
    expect(reasonsOf(structureSigns(said('It must fit, at most once, without glue.')))).toEqual(['several conditions']);
    expect(structureSigns(said('Then what?\n- it must be one'))).toEqual([]);
  });

  test('a schema weighs by its fields and depth, wherever they stand in it', () => {
    expect(reasonsOf(schemaSigns({ type: 'string' }))).toEqual(['answer of 0 fields, 0 levels deep']);
    expect(reasonsOf(schemaSigns(ordersSchema))).toEqual(['answer of 6 fields, 3 levels deep']);
    const split = { anyOf: [{ properties: { a: {} } }, { $defs: { x: { properties: { b: { items: { properties: { c: true } } } } } } }] };
    expect(reasonsOf(schemaSigns(split))).toEqual(['answer of 2 fields, 1 level deep']);
    const [small, large] = [schemaSigns({ properties: { a: {} } }), schemaSigns(ordersSchema)].map(complexityOf);
    expect(large).toBeGreaterThan(small ?? 1);
  });
});

describe('COG-2: mathematics and calculation', () => {
  test('terms and notation are signs', () => {
    expect(reasonsOf(mathsSigns(said('The eigenvalues of the matrix, and \\frac{1}{2}.')))).toEqual(['mathematics: algebra, notation']);
    expect(mathsSigns(said('The sum of 3 and 4 is 7.'))).toEqual([]);
  });

  test('numbers and a question for one more ask for reasoning', () => {
    const problem = 'Ann has three apples and gives one to each of her two brothers. How many are left?';
    expect(reasonsOf(reasoningSigns(said(problem)))).toEqual(['asks for reasoning: calculation']);
    const rules = { role: 'system' as const, content: longDocument(3_000) };
    expect(reasonsOf(reasoningSigns(readRequest([rules, { role: 'user', content: problem }])))).toEqual([
      'asks for reasoning: calculation',
    ]);
    expect(reasoningSigns(said('How many ounces are in 2 pounds and 3?'))).toEqual([]);
    expect(reasoningSigns(said(problem.replace('?', '.')))).toEqual([]);
    expect(reasoningSigns(said(`${problem} ${longDocument(3_000)}`))).toEqual([]);
  });
});

describe('COG-2: length', () => {
  test('messages, calls, schema and tools count', () => {
    const alone = estimateTokens({ messages: [{ role: 'user', content: 'Hello' }] });
    const call = { id: 'a', name: 'search', input: { query: 'x' } };
    expect(alone).toBe(1);
    expect(estimateTokens({ messages: [{ role: 'user', content: 'Hello' }], schema: ordersSchema })).toBeGreaterThan(alone);
    expect(estimateTokens({ messages: [{ role: 'user', content: 'Hello' }], tools: searchTools })).toBeGreaterThan(alone);
    expect(estimateTokens({ messages: [{ role: 'assistant', content: 'Hello', tool_calls: [call] }] })).toBeGreaterThan(alone);
  });

  test('of a long text slices are estimated: ten times the text is ten times the tokens, within a tenth', () => {
    const tokens = (length: number) => estimateTokens({ messages: [{ role: 'user', content: longDocument(length) }] });
    const ratio = tokens(600_000) / tokens(60_000);
    expect(ratio).toBeGreaterThan(9);
    expect(ratio).toBeLessThan(11);
  });

  test('slices come from all over a text, its beginning and end among them', () => {
    const text = Array.from({ length: 1_000 }, (_, index) => `${index} `).join('');
    const slices = excerpt(text, 160).split('\n');
    expect(slices).toHaveLength(16);
    expect(slices[0]).toBe(text.slice(0, 10));
    expect(slices.at(-1)).toBe(text.slice(-10));
    expect(excerpt('short', 160)).toBe('short');
  });
});

test('the texts of a value come in their order, as deep as they may be', () => {
  expect(textsOf({ a: 'one', b: [1, null, ['two', { c: 'three' }]], d: 'four' })).toEqual(['one', 'two', 'three', 'four']);
  expect(textsOf('text')).toEqual(['text']);
});
