import { describe, expect, it } from 'vitest';
import { linearPattern } from './linear-pattern.ts';
import { createSchemaSet } from './schema-set.ts';

const texts = [
  ...['', 'a', 'aaa', 'A', '1', 'é', '😀', '😀😀', '\n', '\r', 'a\n', '\u2028', '\u00a0', '\ufeff', '\u0085', '\v', '\f', '\t', '\b', '\0'],
  ...['/', '\\', '-', '.', '_', '[', ']', '(', '(?<a>', '&', ':', 'γ', 'Γ', 'K', 'ſ', '\u212a', '٣', '\ud800', '\udc00a', 'docs/a.md'],
  ...['2026-02-28', 'a.b@example.org', 'on-trees', 'https://x.org/', '+44 20', '#a0b1c2', ' a', 'AB12', '12.50', '3f2c-aaaa', 'x: y'],
];

const compiled = (source: string) => {
  const result = linearPattern(source);
  if (!result.ok) throw new Error(result.reason);
  return result.pattern;
};

describe('a pattern of a JSON Schema', () => {
  it.each([
    ...[
      '',
      'a',
      '^a',
      'a$',
      '^$',
      '^a*$',
      '^.$',
      '.',
      '..',
      'a|b',
      '^(a|b)+$',
      '^(?:a|A)$',
      '(?<year>\\d{4})',
      '(?<größe>a)',
      'a{2,3}',
      'a+?',
    ],
    ...[
      '\\d',
      '^\\D+$',
      '\\w',
      '\\W',
      '\\s',
      '\\S',
      '^\\S+$',
      '[\\s]',
      '[^\\s]',
      '[\\S]',
      '[^\\S]',
      '[\\s\\S]',
      '[\\w-]',
      '[\\d.]',
      '\\b',
      'a\\b',
      '\\B',
    ],
    ...[
      '^[^/\\\\]+$',
      '[/]',
      '/',
      '\\/',
      '\\.',
      '[.]',
      '[\\]]',
      '[^\\]]',
      '[[]',
      '[[:a]',
      '[(?<a>]',
      '[(?=]',
      '[]',
      '[^]',
      '[&&a]',
      '[\\-a]',
      '[a-c-]',
    ],
    ...[
      '\\u00e9',
      '\\u{1F600}',
      '\\uD83D\\uDE00',
      '^\\ud83d\\ude00$',
      '[\\u{1F600}-\\u{1F64F}]',
      '[\\ud83d\\ude00-\\ud83d\\ude4f]',
      '\\ud800',
      '\\x41',
    ],
    ...[
      '\\t',
      '\\n',
      '\\r',
      '\\v',
      '\\f',
      '\\0',
      '\\cJ',
      '[\\b]',
      '\\\\',
      '\\$',
      '\\^',
      '\\{',
      '^\\p{L}+$',
      '\\P{L}',
      '[\\p{Lu}\\d]',
      '\\p{Letter}',
    ],
    ...['\\p{Script=Greek}', '\\p{sc=Greek}', '\\p{gc=Lu}', '\\p{General_Category=Uppercase_Letter}', '\\p{Number}', '\\p{Punctuation}'],
    ...[
      '^\\d{4}-\\d{2}-\\d{2}$',
      '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$',
      '^[a-z0-9]+(?:-[a-z0-9]+)*$',
      '^https?://',
      '^#[0-9a-f]{6}$',
      '^\\+?[\\d ]+$',
    ],
    ...['^[A-Z]{2}\\d{2}$', '^\\d+\\.\\d{2}$', '\\.md$', '^[A-Za-z_][-A-Za-z0-9._]*$', '^[^#]*#?$', '^\\S(.*\\S)?$'],
  ])('%j says the same as RegExp about any text (S12)', (source) => {
    const native = new RegExp(source, 'u');
    expect(texts.filter((text) => compiled(source).test(text))).toEqual(texts.filter((text) => native.test(text)));
  });

  it.each<[string, RegExp]>([
    ['^(?=a)', /lookaround \(\(\?=\)/],
    ['(?!a)b', /lookaround/],
    ['(?<=a)b', /lookaround/],
    ['(?<!a)b', /lookaround/],
    ['(a)\\1', /backreferences/],
    ['(?<n>a)\\k<n>', /backreferences/],
    ['(?s:.)', /inline flags/],
    ['a{0,2000}', /RE2.*\{0,2000\}/],
    ['\\p{ASCII_Hex_Digit_Of_Nobody}', /not a regular expression/],
    ['(', /not a regular expression/],
    ['[[:alpha:]]', /not a regular expression/],
    ['(?i)a', /not a regular expression/],
    ['\\A', /not a regular expression/],
  ])('%j is refused with the reason', (source, reason) => {
    expect(linearPattern(source)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  // A RegExp would not come to an end with these.
  const long = 'a'.repeat(50_000);
  it.each(['^(a+)+$', '^(a|a)*$', '^(a*)*$', '^(\\w+\\s?)*$'])('%j is answered for 50,000 characters (S12)', (source) => {
    const set = createSchemaSet();
    const value = set.compile({ type: 'string', pattern: source });
    const member = set.compile({ patternProperties: { [source]: { type: 'string' } }, additionalProperties: false });
    expect(value.ok && value.errorsOf(`${long}!`)).toMatchObject([{ keyword: 'pattern' }]);
    expect(value.ok && value.errorsOf(long)).toEqual([]);
    expect(member.ok && member.errorsOf({ [`${long}!`]: 'x' })).toMatchObject([{ keyword: 'additionalProperties' }]);
    expect(member.ok && member.errorsOf({ [long]: 'x' })).toEqual([]);
  });

  it('is not taken for another one of the same schema', () => {
    const schema = createSchemaSet().compile({ properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } });
    expect(schema.ok && schema.errorsOf({ a: 'a', b: 'b' })).toEqual([]);
    expect(schema.ok && schema.errorsOf({ a: 'b', b: 'b' })).toMatchObject([{ instancePath: '/a' }]);
  });

  it('that cannot be used makes its schema unusable, with the reason', () => {
    const refused = createSchemaSet().compile({ pattern: '(?=a)' });
    expect(refused).toEqual({ ok: false, reason: expect.stringContaining('the pattern (?=a) cannot be used: lookaround') });
  });

  it.each([
    ['regex', '^(a+)+$', '('],
    ['date', '2026-02-28', '2026-02-30'],
    ['email', 'a@example.org', 'a@'],
    ['uuid', '3f2c1a9e-5b7d-4c1e-8f00-0123456789ab', '3f2c'],
    ['uri', 'https://example.org/a', 'a b'],
  ])('leaves the format %s as it was', (format, good, bad) => {
    const schema = createSchemaSet().compile({ format });
    expect(schema.ok && [schema.errorsOf(good).length, schema.errorsOf(bad).length]).toEqual([0, 1]);
  });
});
