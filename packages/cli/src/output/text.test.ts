import { describe, expect, it } from 'vitest';
import { oneLine, printable } from './printable.ts';
import { durationText, sizeText } from './quantities.ts';
import { readableValue } from './readable-value.ts';
import { table } from './table.ts';
import { textWidth, truncate } from './text-width.ts';
import { wrapText } from './wrap-text.ts';

describe('printable', () => {
  it('spells out what could move the cursor, hide text or turn it round, and keeps line feeds', () => {
    expect(printable('a\u001b[2J\u0007\u009b1m\r\u202eb\u2028\nc\td')).toBe('a\\u001b[2J\\u0007\\u009b1m\\u000d\\u202eb\\u2028\nc  d');
    expect(oneLine('a\r\n\tb')).toBe('a b');
  });

  it('leaves letters of all scripts and composed emoji alone', () => {
    expect(printable('Grüße 日本語 👩‍🚀')).toBe('Grüße 日本語 👩‍🚀');
  });
});

describe('text width', () => {
  it('counts columns: East Asian letters and emoji take two', () => {
    expect(['abc', 'é', '日本', '👩‍🚀'].map(textWidth)).toEqual([3, 1, 4, 2]);
  });

  it('truncates to columns without cutting a character in two', () => {
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abcd', 3)).toBe('ab…');
    expect(truncate('abc', 0)).toBe('');
  });
});

describe('wrapText', () => {
  it('breaks at spaces, keeps the indent, and gives a long word a line of its own', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('  - one two', 8)).toEqual(['  - one', '    two']);
    expect(wrapText('a bbbbbbbbbb c', 5)).toEqual(['a', 'bbbbbbbbbb', 'c']);
    expect(wrapText('', 5)).toEqual(['']);
  });
});

describe('table', () => {
  it('aligns columns by width and lets the last one give way', () => {
    expect(
      table(
        [
          ['日', 'one'],
          ['abc', 'x'.repeat(99)],
        ],
        { width: 20, indent: 0 },
      ),
    ).toBe(`日   one\nabc  ${'x'.repeat(14)}…\n`);
    expect(table([], { width: 20 })).toBe('');
  });
});

describe('readableValue', () => {
  it('shows members, lists and long texts as people read them', () => {
    const value = { title: 'A', list: ['x', { y: 1 }], none: [], nested: { empty: {} }, text: 'one\ntwo\n', missing: null };
    expect(readableValue(value)).toBe(
      'title: A\nlist:\n  - x\n  - y: 1\nnone: (none)\nnested:\n  empty: (empty)\ntext:\n  one\n  two\nmissing: null',
    );
  });
});

describe('quantities', () => {
  it('are short', () => {
    expect([0, 999, 1234, 59_999, 61_000, 3_600_000].map(durationText)).toEqual([
      '0 ms',
      '999 ms',
      '1.2 s',
      '1 min 0 s',
      '1 min 1 s',
      '1 h 0 min',
    ]);
    expect([1, 999, 1200, 999_999, 3_400_000].map(sizeText)).toEqual(['1 B', '999 B', '1.2 kB', '1.0 MB', '3.4 MB']);
  });
});
