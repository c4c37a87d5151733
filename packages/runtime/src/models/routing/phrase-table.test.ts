import { describe, expect, test } from 'vitest';
import { createPhraseTable } from './phrase-table.ts';
import { reasoningPhrases } from './reasoning-phrases.ts';
import { wordsOf } from './words-of.ts';

const labels = (text: string) => [...new Set(reasoningPhrases.find(wordsOf(text)).map(({ label }) => label))];

describe('words', () => {
  test('are in small letters, parted at hyphens, with the ends of clauses between them', () => {
    expect(wordsOf('Trade-off, please!\nC++ & user_name…')).toEqual(['trade', 'off', '.', 'please', '.', '.', 'c++', 'user_name']);
  });

  test('are the same however their accents are written', () => {
    expect(wordsOf('de\u0301montre')).toEqual(wordsOf('d\u00e9montre'));
  });
});

describe('phrases', () => {
  const table = createPhraseTable([
    { label: 'a', weight: 0.5, anywhere: 'one two, three' },
    { label: 'b', weight: 0.5, opening: 'go', unspaced: '走' },
  ]);
  const found = (text: string) => table.find(wordsOf(text)).map(({ label }) => label);

  test('stand as whole words in order, once for every place', () => {
    expect(found('one two and three, one. two')).toEqual(['a', 'a']);
    expect(found('one twofold')).toEqual([]);
  });

  test('that open a clause count at its beginning and after a lead-in alone', () => {
    expect(found('Go. They go; please go, and go')).toEqual(['b', 'b', 'b']);
    expect(found('They go where others go')).toEqual([]);
  });

  test('of scripts without spaces count inside a word', () => {
    expect(found('我们走吧')).toEqual(['b']);
  });
});

describe('COG-2: what asks for reasoning', () => {
  test.each([
    ['Why?', ['why']],
    ['Explain why it fell, then compare both.', ['why', 'compare']],
    ['Beweise es Schritt für Schritt.', ['prove', 'step by step']],
    ['Comparez les deux, étape par étape.', ['compare', 'step by step']],
    ['Demuestra que es así y luego compara.', ['prove', 'compare']],
    ['Докажи и сравни: почему так?', ['prove', 'compare', 'why']],
    ['请逐步证明。', ['prove', 'step by step']],
    ['なぜですか。比較してください。', ['why', 'compare']],
    ['Think it through; what are the pros and cons?', ['step by step', 'compare']],
  ])('%s', (text, expected) => {
    expect(labels(text).sort()).toEqual(expected.toSorted());
  });

  test.each([
    'That’s why we met.',
    'The plan of the house',
    'He compared them.',
    'Their pension plan pays.',
    'an improved design',
    'She could not prove it',
  ])('not: %s', (text) => expect(labels(text)).toEqual([]));
});
