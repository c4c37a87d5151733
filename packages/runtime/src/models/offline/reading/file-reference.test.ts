import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDocument } from '../edit/edit.ts';
import { fileNamedIn, orderAbout } from './file-reference.ts';
import { readMaterial } from './material.ts';
import { intentOf } from './verbs.ts';

const document =
  '# Harbour\n\nIt is old. It has two piers. Boats come daily.\n\n## Boats\n\n- Tug\n\n## Fees\n\n- None\n\n## Rules\n\n- No diving\n';
const as = (title: string, ...sections: string[]) => [title, ...sections];
const edited = (instruction: string) => editDocument(document, instruction);
const headings = (text: string) => Array.from(text.matchAll(/^#+ (.+)$/gmu), ([, heading]) => heading);

describe('an order that names a file in plain language', () => {
  it.each([
    ['Rename the section Fees to Prices in port.md', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['Rename Fees in port.md to Prices', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['In port.md, rename Fees to Prices', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['In port.md please rename Fees to Prices', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['In the document, rename Fees to Prices', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['Edit port.md: rename Fees to Prices', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['port.md: rename Fees to Prices', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['Edit port.md:\n- rename Fees to Prices\n- remove Boats', as('Harbour', 'Prices', 'Rules')],
    ['Change Fees into Prices in the file called port.md', as('Harbour', 'Boats', 'Prices', 'Rules')],
    ['Rename Fees to "Prices in port.md"', as('Harbour', 'Boats', 'Prices in port.md', 'Rules')],
    ['Add a section Tides to port.md', as('Harbour', 'Boats', 'Fees', 'Rules', 'Tides')],
    ['Add a section called Tides to the file "docs/port.md".', as('Harbour', 'Boats', 'Fees', 'Rules', 'Tides')],
    ['Add a section Tides to it', as('Harbour', 'Boats', 'Fees', 'Rules', 'Tides')],
    ['Add a section Tides to the end of port.md', as('Harbour', 'Boats', 'Fees', 'Rules', 'Tides')],
    ['Add a section Tides at the top of port.md', as('Harbour', 'Tides', 'Boats', 'Fees', 'Rules')],
    ['Add a section Tides after Boats in port.md', as('Harbour', 'Boats', 'Tides', 'Fees', 'Rules')],
    ['Update port.md to include a section Tides', as('Harbour', 'Boats', 'Fees', 'Rules', 'Tides')],
    ['Update port.md by adding a section Tides and removing Fees', as('Harbour', 'Boats', 'Rules', 'Tides')],
    ['For `port.md`: add a section Tides', as('Harbour', 'Boats', 'Fees', 'Rules', 'Tides')],
    ['Could you please open port.md, rename Fees to Prices and remove Rules?', as('Harbour', 'Boats', 'Prices')],
    ['Remove Boats from the document port.md, then move Rules to the top', as('Harbour', 'Rules', 'Fees')],
    ['Move Rules before Boats in port.md', as('Harbour', 'Rules', 'Boats', 'Fees')],
    ['Change the title of port.md to Old Harbour', as('Old Harbour', 'Boats', 'Fees', 'Rules')],
    ['Change port.md’s title to Old Harbour', as('Old Harbour', 'Boats', 'Fees', 'Rules')],
    ['Rename port.md to Old Harbour', as('Old Harbour', 'Boats', 'Fees', 'Rules')],
    ['Open docs/port.md and shorten it', as('Harbour', 'Boats', 'Fees', 'Rules')],
    ['Make port.md shorter', as('Harbour', 'Boats', 'Fees', 'Rules')],
    ['Add a summary to port.md', as('Harbour', 'Summary', 'Boats', 'Fees', 'Rules')],
    ['Please update port.md by adding a bullet Ferry to section Boats', as('Harbour', 'Boats', 'Fees', 'Rules')],
  ])('%s', (instruction, expected) => {
    const text = edited(instruction);
    expect(headings(text)).toEqual(expected);
    expect(text).not.toContain('Not done');
    expect(text).not.toBe(document);
    expect([undefined, 'edit']).toContain(intentOf(instruction));
  });

  it.each(['Rename port.md to quay.md', 'Change port.md to quay.md', 'Edit port.md', 'Translate port.md into Latin'])(
    'is quoted as it was given when it cannot be done: %s',
    (instruction) => expect(edited(instruction)).toContain(`Not done by the offline engine: “${instruction}”`),
  );

  it('keeps other files as text', () => {
    expect(edited('Add a link to map.md to port.md')).toContain('Link to map.md.');
    expect(orderAbout('add a link to map.md', 'port.md')).toBe('add a link to map.md');
  });

  it.each([
    ['Add a link to map.md to port.md', 'port.md'],
    ['Replace old.md with new.md in port.md', 'port.md'],
    ['Shorten "docs/port.md".', 'docs/port.md'],
    ['Shorten the text', undefined],
  ])('tells which file it is about: %s', (instruction, path) => expect(fileNamedIn(instruction)).toBe(path));

  it('takes no form in -ing for an order unless “by” precedes it', () => {
    expect(intentOf('Moving day checklist')).toBeUndefined();
    expect(intentOf('Update port.md by moving Rules to the top')).toBe('edit');
  });

  it('is no text to work on, however long it is after a colon', () => {
    const instruction = 'Edit port.md: rename the section Fees to Prices, remove the section Boats and then add a section about the tides';
    expect(readMaterial([{ role: 'user', content: instruction }])).toMatchObject({ instruction, document: undefined, path: 'port.md' });
  });

  it('comes out the same twice, whatever it says', () => {
    const words = fc.array(fc.constantFrom('in', 'port.md', 'to', 'the', 'file', 'open', 'and', 'by', 'adding', '"a.md",', 'it', ':', 'x'));
    fc.assert(
      fc.property(words, (parts) => {
        const order = orderAbout(parts.join(' '));
        expect(orderAbout(parts.join(' '))).toBe(order);
        expect(order.isWellFormed() && !order.includes('\uE000')).toBe(true);
      }),
    );
  });
});
