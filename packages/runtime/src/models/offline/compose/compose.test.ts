import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentSections, titleOf } from '../text/markdown.ts';
import { wordsOf } from '../text/words.ts';
import { readBrief } from './brief.ts';
import { composeDocument } from './compose.ts';

describe('a brief', () => {
  it.each([
    ['Draft a status report on the bridge repair for the city council', 'status report', 'the bridge repair', 'the city council'],
    [
      'Could you please write me a short, friendly email to new volunteers about the first meeting?',
      'email',
      'the first meeting',
      'new volunteers',
    ],
    ['Compose meeting minutes: budget, roof and choir', 'meeting minutes', 'budget, roof and choir', ''],
    ['Write plan.md about bread', '', 'bread', ''],
    ['The lift is stuck, draft a notice about repairs for residents', 'notice', 'repairs', 'residents'],
    ['Prepare a Q4 hiring plan', 'Q4 hiring plan', '', ''],
    ['Draft a plan for the harbour fête, for volunteers, with the sections Boats and Music', 'plan', 'the harbour fête', 'volunteers'],
    ['Draft a plan, for volunteers, about parking', 'plan', 'parking', 'volunteers'],
    ['Draft a plan for volunteers for the harbour fête', 'plan', 'the harbour fête', 'volunteers'],
    ['Write a plan for the harbour fête, for volunteers, in fair.md', 'plan', 'the harbour fête', 'volunteers'],
    ['Write a note called tea.md about tea', 'note', 'tea', ''],
    ['Announce that the pool reopens in May, for all members', 'announcement', 'the pool reopens in May', 'all members'],
    ['Invite the neighbours to the summer party', 'invitation', 'the summer party', 'the neighbours'],
  ])('%s', (instruction, label, topic, audience) => {
    expect(readBrief(instruction)).toMatchObject({ label, topic, audience });
  });

  it('separates settings and further sentences from the subject', () => {
    const brief = readBrief(
      'Write a memo about parking in a formal tone, save it to notes/parking.md and mention bicycles. The lot closes in May.',
    );
    expect(brief).toMatchObject({ topic: 'parking', points: ['Parking', 'Bicycles'], facts: ['The lot closes in May.'] });
  });

  it('takes a title and sections that the instruction dictates', () => {
    expect(readBrief('Write a plan for the move with sections Scope, Risks and Costs').sections).toEqual(['Scope', 'Risks', 'Costs']);
    expect(readBrief('Draft a proposal about bees, call it "City Honey"').title).toBe('City Honey');
  });
});

describe('a new document', () => {
  it('has a title, an opening, the points of the topic and the sections of its kind', () => {
    const text = composeDocument('Draft an announcement about longer opening hours and a new café for all members', []);
    expect(titleOf(text)).toBe('Announcement: Longer Opening Hours and a New Café');
    expect(text).toContain('This announcement for all members covers longer opening hours and a new café.');
    expect(text).toContain('- Longer opening hours\n- A new café');
    expect(contentSections(text).map(({ heading }) => heading)).toEqual(['In short', 'Details', 'Contact']);
  });

  it.each([
    ['Announcement that the pool closes on Monday', 'This announcement says that the pool closes on Monday.'],
    ['Write a letter to the members that the pool closes', 'I am writing to say that the pool closes.'],
    ['Write a memo that explains the new rota', 'I am writing about the new rota.'],
  ])('opens with a statement or with a subject: %s', (instruction, opening) => {
    expect(composeDocument(instruction, [])).toContain(`\n\n${opening}\n`);
  });

  it('quotes the material that came with the request', () => {
    const text = composeDocument('Write a report about the well', ['The well is 30 metres deep. It was dug in 1902 by the parish.']);
    expect(text).toContain('- The well is 30 metres deep.\n- It was dug in 1902 by the parish.');
  });

  it('says nothing that is neither in the request nor a visible placeholder or frame', () => {
    const frame = composeDocument('Write a report about', []);
    const known = new Set(wordsOf(frame.toLowerCase()));
    const text = composeDocument('Write a report about moss, fern and lichen', []);
    const prose = text.split('\n').filter((line) => !line.startsWith('_') && !line.startsWith('#'));
    const added = wordsOf(prose.join(' ').toLowerCase()).filter(
      (word) => !known.has(word) && !['moss', 'fern', 'lichen', 'and', 'covers'].includes(word),
    );
    expect(added).toEqual([]);
  });

  it('always has one title and at least one section, whatever the instruction', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.array(fc.lorem({ mode: 'sentences' }), { maxLength: 3 }),
        (instruction, sources) => {
          const text = composeDocument(instruction, sources);
          expect(titleOf(text)).toBeDefined();
          expect(contentSections(text).length).toBeGreaterThan(0);
          expect(composeDocument(instruction, sources)).toBe(text);
        },
      ),
    );
  });
});
