import type { Json } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { compileTemplate } from './template.ts';

describe('a template', () => {
  it.each<[string, Json, string]>([
    ['Hello {{ name }}!', { name: 'Ada' }, 'Hello Ada!'],
    ['{{a}}{{b}}', { a: 1, b: [true, null] }, '1[true,null]'],
    ['{{ missing }}|{{ null }}', {}, '|'],
    ['{{ $ }}', { b: 1, a: 2 }, '{"a":2,"b":1}'],
    ['{{ {"a": {"b": n}} }}', { n: 1 }, '{"a":{"b":1}}'],
    ['{{ "}}" & name }}', { name: 'x' }, '}}x'],
    ["{{ 'it\"}}' }}", {}, 'it"}}'],
    ['\\{{ name }} is {{ name }}', { name: 'x' }, '{{ name }} is x'],
    ['}} and { and }', {}, '}} and { and }'],
    ['', {}, ''],
    ['{{ text }}', { text: '{{ name }}' }, '{{ name }}'],
  ])('%j with %j is %j', async (source, input, expected) => {
    expect(await compileTemplate(source).evaluate(input)).toBe(expected);
  });

  it('sees bindings', async () => {
    expect(await compileTemplate('{{ $task }}').evaluate(null, { task: 'root/a' })).toBe('root/a');
  });

  it.each(['text {{ name', 'text {{ "}}', 'text {{ {"a": 1 }}'])(
    'with an unclosed placeholder is refused with its position: %s',
    (source) => {
      expect(() => compileTemplate(source)).toThrow(
        expect.objectContaining({ code: 'template.invalid', details: { position: 5, expected: '}}' } }),
      );
    },
  );

  it.each(['a {{ }}', 'a {{ 1 + }}'])('with a malformed placeholder is refused with the position in the template: %s', (source) => {
    expect(() => compileTemplate(source)).toThrow(expect.objectContaining({ code: 'expression.invalid' }));
    expect(() => compileTemplate(source)).toThrow('In the placeholder at character 2');
  });
});
