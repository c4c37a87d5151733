import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentSections, parseMarkdown, titleOf } from '../text/markdown.ts';
import { editClauses } from './clauses.ts';
import { editDocument } from './edit.ts';

const document = `# Garden Club

We're open on Mondays. Bring your own gloves. The shed key hangs by the door. New members pay 10 EUR. Please don't feed the cats.

## Rules

- Close the gate
- Water at dusk

## Tools

1. Spade
2. Rake

### Repairs

Ask Ben about repairs.

## Contact

Write to Ben.
`;

const headings = (text: string) => contentSections(text).map(({ heading }) => heading);
const body = (text: string, name: string) =>
  parseMarkdown(text)
    .find(({ heading }) => heading === name)
    ?.body.join('\n')
    .trim();

describe('editing', () => {
  it.each([
    ['Rename the document to "Garden Society"', 'Garden Society'],
    ['please change the title to allotment news', 'Allotment News'],
    ['Call it Green Hands', 'Green Hands'],
  ])('%s', (instruction, title) => {
    const text = editDocument(document, instruction);
    expect(titleOf(text)).toBe(title);
    expect(text.split('\n').slice(1)).toEqual(document.split('\n').slice(1));
  });

  it.each([
    ['Add a section about compost', ['Rules', 'Tools', 'Repairs', 'Contact', 'Compost']],
    ['Add a history section', ['Rules', 'Tools', 'Repairs', 'Contact', 'History']],
    ['Insert a section called Fees before Tools', ['Rules', 'Fees', 'Tools', 'Repairs', 'Contact']],
    ['Add a section on pests after the Tools section', ['Rules', 'Tools', 'Repairs', 'Pests', 'Contact']],
    ['Remove the Tools section', ['Rules', 'Contact']],
    ['delete Repairs', ['Rules', 'Tools', 'Contact']],
    ['Rename the section Contact to "How to reach us"', ['Rules', 'Tools', 'Repairs', 'How to reach us']],
    ['Move Contact to the top', ['Contact', 'Rules', 'Tools', 'Repairs']],
    ['Move the Tools section after Contact', ['Rules', 'Contact', 'Tools', 'Repairs']],
    ['Add a summary at the top; delete Rules', ['Summary', 'Tools', 'Repairs', 'Contact']],
    ['Add a conclusion', ['Rules', 'Tools', 'Repairs', 'Contact', 'Conclusion']],
  ])('%s', (instruction, expected) => expect(headings(editDocument(document, instruction))).toEqual(expected));

  it('adds items to the list of the section that is named, in its own style', () => {
    expect(body(editDocument(document, 'Add bullets "Be kind" and "No fires" to Rules'), 'Rules')).toBe(
      '- Close the gate\n- Water at dusk\n- Be kind\n- No fires',
    );
    expect(body(editDocument(document, 'append hoe, shears to the Tools section'), 'Tools')).toBe('1. Spade\n2. Rake\n3. Hoe\n4. Shears');
  });

  it('puts items in the place of a placeholder', () => {
    const empty = '# A\n\n## B\n\n_To be filled in: the dates._\n\n## C\n';
    expect(editDocument(empty, 'Add a bullet May to section B')).toBe('# A\n\n## B\n\n- May\n\n## C\n');
  });

  it('fills a new section with the points that are given', () => {
    expect(body(editDocument(document, 'Add a section on Seeds with carrots, peas and beans'), 'Seeds')).toBe('- Carrots\n- Peas\n- Beans');
  });

  it('replaces whole words only, and everywhere', () => {
    const text = editDocument(document, 'Replace "Ben" with "Ida"');
    expect(text.match(/Ida/gu)).toHaveLength(2);
    expect(editDocument('A bench for Ben.', 'replace Ben with Ida')).toBe('A bench for Ida.');
  });

  it('shortens paragraphs, lists and nothing else', () => {
    const text = editDocument(document, 'make it shorter');
    expect(text.length).toBeLessThan(document.length);
    expect(headings(text)).toEqual(headings(document));
    expect(body(text, 'Rules')).toBe(body(document, 'Rules'));
  });

  it('changes the tone by its table of wordings and leaves code alone', () => {
    expect(editDocument("We don't know.\n\n```\ndon't\n```\n", 'Make it more formal')).toBe("We do not know.\n\n```\ndon't\n```\n");
    expect(editDocument('It is late. We cannot stay.\n', 'make this friendlier')).toBe("It's late. We can't stay.\n");
  });

  it('tidies white space outside code', () => {
    expect(editDocument('a  b \n\n\n\nc\n```\nx   y\n\n\nz\n```', 'Fix the spacing')).toBe('a b\n\nc\n```\nx   y\n\n\nz\n```\n');
  });

  it('does several orders in turn and keeps quoted text whole', () => {
    expect(
      editClauses('Rename it to “Salt and replace; pepper”, then remove Rules and please shorten it. Add peas.').map(({ order }) => order),
    ).toEqual(['Rename it to “Salt and replace; pepper”', 'remove Rules', 'shorten it', 'Add peas']);
    const text = editDocument(document, 'Call it Plot 9, remove the Contact section and add a bullet Ladder to Tools');
    expect(titleOf(text)).toBe('Plot 9');
    expect(headings(text)).toEqual(['Rules', 'Tools', 'Repairs']);
    expect(body(text, 'Tools')).toContain('3. Ladder');
  });

  it('quotes what it cannot do under Notes and changes nothing else', () => {
    const text = editDocument(document, 'Translate it into Latin. Remove the section on whales.');
    expect(text.startsWith(document)).toBe(true);
    expect(body(text, 'Notes')).toBe(
      '- Not done by the offline engine: “Translate it into Latin”\n- Not done by the offline engine: “Remove the section on whales”',
    );
  });

  it('does at most 50 orders and says that there were more', () => {
    const text = editDocument(document, Array.from({ length: 60 }, (_unused, index) => `add peas${index}`).join('; '));
    expect(text).toContain('Peas49.');
    expect(text).not.toContain('Peas50.');
    expect(body(text, 'Notes')).toBe('- Not done by the offline engine: “the orders after these”');
  });

  it('does not delete letters or grammar words on a vague order', () => {
    expect(editDocument(document, 'Remove a').startsWith(document)).toBe(true);
    expect(editDocument(document, 'Delete the').startsWith(document)).toBe(true);
  });
});

describe('editing any document', () => {
  const heading = fc.stringMatching(/^[A-Z][a-z]{3,8}$/u);
  const line = fc.oneof(fc.stringMatching(/^[A-Za-z ]{1,40}$/u), fc.constant(''), fc.constant('- item'), fc.constant('  indented  text '));
  const sections = fc.uniqueArray(fc.tuple(heading, fc.array(line, { maxLength: 5 })), {
    minLength: 2,
    maxLength: 6,
    selector: ([name]) => name.toLowerCase(),
  });
  const written = (parts: [string, string[]][]) =>
    `# Title\n\n${parts.map(([name, lines]) => `## ${name}\n${lines.join('\n')}\n`).join('\n')}`;

  it('never changes a section that the order does not name', () => {
    const orders = fc.constantFrom(
      'Remove the section X',
      'Add a bullet milk to X',
      'Rename the section X to Qqqq',
      'Shorten the X section',
      'Add a section Zzzz after X',
    );
    fc.assert(
      fc.property(sections, orders, (parts, order) => {
        const [target = ['', []], ...others] = parts;
        const before = parseMarkdown(written(parts));
        const after = parseMarkdown(editDocument(written(parts), order.replace('X', `"${target[0]}"`)));
        for (const [name] of others) {
          const content = (all: typeof before) =>
            all
              .find((section) => section.heading === name)
              ?.body.join('\n')
              .trimEnd();
          expect(content(after)).toBe(content(before));
        }
      }),
    );
  });

  it('keeps every line when the order is not understood', () => {
    fc.assert(
      fc.property(sections, fc.lorem({ maxCount: 6 }), (parts, words) => {
        const before = written(parts);
        const after = editDocument(before, `Zigzag ${words}`);
        expect(after.startsWith(before.trimEnd())).toBe(true);
      }),
    );
  });
});
