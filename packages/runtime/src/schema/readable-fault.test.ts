import { createSchemaSet, type JsonObject } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { readableFault } from './readable-fault.ts';

const faultsOf = (schema: JsonObject, value: unknown) => {
  const compiled = createSchemaSet().compile(schema);
  return compiled.ok ? compiled.errorsOf(value).map(readableFault) : [];
};

describe('an error of the validator in words', () => {
  it.each<[JsonObject, unknown, { path: string; message: string }]>([
    [{ unevaluatedProperties: false }, { 'a/b': 1 }, { path: '/a~1b', message: 'is not a known member' }],
    [{ properties: { kind: { const: 'note' } } }, { kind: 'memo' }, { path: '/kind', message: 'must be "note"' }],
    [{ type: ['string', 'null'] }, [], { path: '', message: 'must be string or null, found array' }],
    [{ pattern: '^a$' }, 'b', { path: '', message: 'must match pattern "^a$"' }],
  ])('%j says of %j what was expected and where', (schema, value, fault) => {
    expect(faultsOf(schema, value)).toEqual([fault]);
  });

  it('shows the first twenty of many allowed values', () => {
    const [fault] = faultsOf({ enum: Array.from({ length: 30 }, (_, index) => index) }, 'x');
    expect(fault?.message).toMatch(/^must be one of 0, .*, 19, …$/);
  });

  it('names the rule if the validator gives no message', () => {
    const error = { keyword: 'not', instancePath: '/a', schemaPath: '#/not', params: {} };
    expect(readableFault(error)).toEqual({ path: '/a', message: 'breaks the rule not' });
  });
});
