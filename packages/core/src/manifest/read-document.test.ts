import { describe, expect, it } from 'vitest';
import { readDocument } from './read-document.ts';

function faultsOf(path: string, text: string): string[] {
  return readDocument({ path, text }).problems.map(({ code, line, column }) => `${code} ${line}:${column}`);
}

describe('hostile YAML is refused where it stands (ENG-M1)', () => {
  it.each([
    ['anchors and aliases', 'a: &x 1\nb: *x\n', ['manifest.alias_not_allowed 1:4', 'manifest.alias_not_allowed 2:4']],
    [
      'an alias bomb',
      `a: &a [x]\n${'b: &b [*a, *a]\n'}`,
      [1, 2, 2, 2].map((line, i) => `manifest.alias_not_allowed ${line}:${[4, 4, 8, 12][i]}`),
    ],
    ['an alias to nothing', 'a: *gone', ['manifest.alias_not_allowed 1:4']],
    ['a merge key', 'a: 1\n<<: { b: 2 }', ['manifest.merge_key_not_allowed 2:1']],
    ['a custom tag', 'a: !run "rm"', ['manifest.tag_not_allowed 1:4']],
    ['a standard tag', 'a: !!binary aGk=', ['manifest.tag_not_allowed 1:4']],
    ['a directive', '%YAML 1.1\n---\na: yes', ['manifest.directive_not_allowed 1:1']],
    ['two documents', 'a: 1\n---\nb: 2\n', ['manifest.several_documents 2:1']],
    ['a duplicate key', 'a: 1\nb:\n  c: 1\n  c: 2\n', ['manifest.duplicate_key 4:3']],
    ['__proto__ as a key', 'a: 1\n__proto__: { polluted: true }', ['manifest.key_not_allowed 2:1']],
    ['keys that are no text', '1: a\ntrue: b\n[x]: c\n', [1, 2, 3].map((line) => `manifest.key_not_text ${line}:1`)],
    ['numbers that are not finite', 'a: .inf\nb: .nan\nc: 1e999', [1, 2, 3].map((line) => `manifest.number_not_finite ${line}:4`)],
    ['an unclosed list', 'a: [1, 2\nb: 3', ['manifest.syntax 2:1']],
    ['a list as root', '- a', ['manifest.not_a_mapping 1:1']],
    ['an empty file', '', ['manifest.not_a_mapping 1:1']],
    ['a NUL character', 'a: "\0"', ['manifest.invalid_text 1:5']],
    ['an escaped NUL character', 'a: "\\0"', ['manifest.invalid_text 1:4']],
    ['a lone surrogate', 'a: 😀\nb: \ud83d', ['manifest.invalid_text 2:4']],
    ['an escaped lone surrogate', 'a: "\\ud800"', ['manifest.invalid_text 1:4']],
  ])('%s', (_name, text, expected) => {
    expect(faultsOf('tools.yaml', text)).toEqual(expected);
  });

  it.each([
    ['lists in flow style', '['],
    ['lists in block style', '- '],
    ['mappings', 'a: '],
    ['mappings in flow style', '{a: '],
    ['keys', '? '],
  ])('a million nested %s end quickly', (_name, opening) => {
    expect(faultsOf('tools.yaml', opening.repeat(1_000_000))).toEqual([expect.stringMatching(/^manifest\.too_deep /)]);
  });

  it('a million tags end quickly', () => {
    expect(faultsOf('tools.yaml', '!!str '.repeat(1_000_000))).toHaveLength(20);
  });
});

describe('a .json file is strict JSON (ENG-M1)', () => {
  it.each([
    ['a comment', '// x\n{}', ['manifest.syntax 1:1']],
    ['an unquoted key', '{a: 1}', ['manifest.syntax 1:2']],
    ['a text in single quotes', '{"a": \'b\'}', ['manifest.syntax 1:7']],
    ['an anchor', '{"a": &x 1}', ['manifest.syntax 1:7']],
    ['a comma too many', '{\n  "a": 1,\n}', ['manifest.syntax 3:1']],
    ['text after the end', '{} {}', ['manifest.syntax 1:4']],
    ['an octal number', '{"a": 01}', ['manifest.syntax 1:8']],
    ['a line break in a text', '{"a": "x\ny"}', ['manifest.syntax 1:7']],
    ['an unknown escape', '{"a": "\\x41"}', ['manifest.syntax 1:7']],
    ['an unclosed text', '{"a": "x', ['manifest.syntax 1:7']],
    ['nothing', '', ['manifest.syntax 1:1']],
    ['YAML', 'a: 1', ['manifest.syntax 1:1']],
    ['a number too large', '{"a": 1e999}', ['manifest.number_not_finite 1:7']],
    ['a duplicate key', '{"a": 1,\n "a": 2}', ['manifest.duplicate_key 2:2']],
    ['__proto__ as a key', '{"__proto__": {"polluted": true}}', ['manifest.key_not_allowed 1:2']],
    ['an escaped lone surrogate', '{"a": "\\ud800"}', ['manifest.invalid_text 1:7']],
    ['an escaped NUL character', '{"a\\u0000": 1}', ['manifest.invalid_text 1:2']],
    ['a list as root', '[1]', ['manifest.not_a_mapping 1:1']],
  ])('%s is refused', (_name, text, expected) => {
    expect(faultsOf('tools.json', text)).toEqual(expected);
  });

  it('a million nested lists end quickly', () => {
    expect(faultsOf('tools.json', '['.repeat(1_000_000))).toEqual(['manifest.too_deep 1:101']);
  });

  it('reads a text of a megabyte', () => {
    const text = JSON.stringify({ a: '\\"'.repeat(500_000) });
    expect(readDocument({ path: 'tools.json', text }).document?.root.value).toEqual(JSON.parse(text));
  });
});

describe('limits', () => {
  it.each(['tools.yaml', 'tools.json'])('100 levels are read and 101 are refused in %s', (path) => {
    const nested = (levels: number) => `${'{"a": '.repeat(levels)}1${'}'.repeat(levels)}`;
    expect(faultsOf(path, nested(100))).toEqual([]);
    expect(faultsOf(path, nested(101))).toEqual(['manifest.too_deep 1:601']);
  });

  it('a file over 10 MB is not parsed', () => {
    expect(faultsOf('tools.yaml', `a: "${'é'.repeat(5_300_000)}"`)).toEqual(['manifest.too_large 1:1']);
  });

  it('a byte-order mark is no column', () => {
    const { document, problems } = readDocument({ path: 'tools.yaml', text: '\uFEFFa: 1' });
    expect(problems).toEqual([]);
    expect(document?.root).toMatchObject({ offset: 0, value: { a: 1 } });
  });

  it('pollutes no prototype', () => {
    readDocument({ path: 'tools.yaml', text: '__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }' });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
