import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listItems, proseBlocks } from './blocks.ts';
import { bounded, clipped } from './bounded.ts';
import { keywordsOf } from './keywords.ts';
import { lowerFirst, titleCase } from './letter-case.ts';
import { contentSections, findSection, parseMarkdown, renderMarkdown, titleOf } from './markdown.ts';
import { sentencesOf, splitSentences } from './sentences.ts';
import { slug } from './slug.ts';
import { keySentences, relatedSentences } from './summary.ts';
import { stem, wordsOf } from './words.ts';

const markdownText = fc
  .array(
    fc.oneof(
      fc.constantFrom('# One', '## Two', '### Two.1 ##', '```', '~~~', '- item', '', '  ', '> quote', '| a | b |'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((lines) => lines.join('\n'));

describe('words', () => {
  it('keeps inner apostrophes, hyphens, dots and any script', () => {
    expect(wordsOf("Don't e-mail v2.1 to Zoë; 東京 привет.")).toEqual(["Don't", 'e-mail', 'v2.1', 'to', 'Zoë', '東京', 'привет']);
  });

  it.each([
    ['stories', 'story'],
    ['planned', 'planning'],
    ['updates', 'updating'],
    ['classes', 'classes'],
  ])('%s and %s meet under one stem', (left, right) => expect(stem(left)).toBe(stem(right)));
});

describe('sentences', () => {
  it('do not end at abbreviations, initials, decimals or file names', () => {
    expect(splitSentences('Dr. Ana B. Silva paid 3.5 EUR, e.g. for a.md. Was it much? “Yes!” she said.')).toEqual([
      'Dr. Ana B. Silva paid 3.5 EUR, e.g. for a.md.',
      'Was it much?',
      '“Yes!”',
      'she said.',
    ]);
  });

  it('end at full-width punctuation without a space', () =>
    expect(splitSentences('今日は晴れ。明日は雨。')).toEqual(['今日は晴れ。', '明日は雨。']));

  it('leave out headings, code, tables and placeholders, and unwrap markup', () => {
    const text = '# T\n\nSee **[the plan](x.md)** now.\n\n```\ncode. here.\n```\n\n| a | b |\n\n_To be filled in: dates._\n\n- One `item`';
    expect(sentencesOf(text)).toEqual(['See the plan now.', 'One item']);
    expect(proseBlocks('snake_case stays _soft_')).toEqual(['snake_case stays soft']);
    expect(listItems('- [ ] open\n2) two\n* _none_')).toEqual(['open', 'two']);
  });

  it('lose no character that is not white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => splitSentences(text).join('').replace(/\s/gu, '') === text.replace(/\s/gu, '')),
    );
  });
});

describe('keywords and summary', () => {
  const text =
    'The water mill grinds rye and wheat. The water mill was built in 1840 beside the river. Visitors like the garden. ' +
    'The water mill was built in 1840 beside the river bank. Rye bread is baked every Sunday.';

  it('rank what recurs first and repeat no word set', () => {
    const keywords = keywordsOf(text, 5);
    expect(keywords[0]).toBe('water mill');
    expect(new Set(keywords).size).toBe(keywords.length);
  });

  it('pick sentences in their order and not two that say the same', () => {
    const picked = keySentences(text, { sentences: 3 });
    expect(picked).toHaveLength(3);
    expect(picked.filter((sentence) => sentence.includes('1840'))).toHaveLength(1);
    expect(picked.map((sentence) => text.indexOf(sentence))).toEqual(
      picked.map((sentence) => text.indexOf(sentence)).toSorted((a, b) => a - b),
    );
  });

  it('find the sentence that a question asks for', () => {
    expect(relatedSentences(text, 'When is bread baked?')).toEqual(['Rye bread is baked every Sunday.']);
    expect(relatedSentences(text, 'Who sings?')).toEqual([]);
  });
});

describe('Markdown sections', () => {
  it('join to the same text', () => {
    fc.assert(fc.property(markdownText, (text) => renderMarkdown(parseMarkdown(text)) === text));
  });

  it('see no heading inside code', () => {
    expect(contentSections('# A\n\n```sh\n# not one\n~~~\n# nor this\n```\n\n## B').map(({ heading }) => heading)).toEqual(['B']);
  });

  it('are found by the same words, then by containing them', () => {
    const sections = parseMarkdown('## Planning costs\n\n## Costs\n\n## Open Questions ##');
    expect(findSection(sections, 'costs')).toBe(2);
    expect(findSection(sections, 'question')).toBe(3);
    expect(findSection(sections, 'weather')).toBe(-1);
  });

  it('give the title: level 1, or a heading that opens the text', () => {
    expect(titleOf('intro\n\n## Part\n\n# Main #')).toBe('Main');
    expect(titleOf('\n## Part')).toBe('Part');
    expect(titleOf('intro\n\n## Part')).toBeUndefined();
  });
});

describe('letters and lengths', () => {
  it('title case keeps small words small and names as written', () => {
    expect(titleCase('release of the iOS app for api users on the go')).toBe('Release of the iOS App for API Users on the Go');
    expect(lowerFirst('CSV export')).toBe('CSV export');
  });

  it('slugs are file names in any script', () => {
    expect(slug('  Crème Brûlée: 2 ways!')).toBe('creme-brulee-2-ways');
    expect(slug('東京 plan')).toBe('東京-plan');
    expect(slug('***')).toBe('document');
  });

  it('cuts never split a character and never exceed the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 30 }), (text, limit) => {
        const cut = bounded(text, limit);
        return cut.length <= limit && cut.isWellFormed() && text.startsWith(cut) && clipped(text, limit).length <= limit;
      }),
    );
  });
});
