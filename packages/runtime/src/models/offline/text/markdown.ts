import { withoutMarkup } from './blocks.ts';
import { contentStems } from './words.ts';

/** One heading with the lines below it, up to the next heading of any level. Level 0 is what precedes the first heading. */
export interface Section {
  level: number;
  /** Without marks; empty for level 0. */
  heading: string;
  /** The heading line as written, absent for level 0. */
  head: string[];
  body: string[];
}

/** Splits Markdown at its ATX headings. The first section is always the level 0 one. Joining them gives the same text, byte for byte. */
export function parseMarkdown(text: string): Section[] {
  const sections: Section[] = [{ level: 0, heading: '', head: [], body: [] }];
  let fenced: string | undefined;
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(```|~~~)/u.exec(line)?.[1];
    if (mark !== undefined) fenced = fenced === undefined ? mark : fenced === mark ? undefined : fenced;
    const level = fenced === undefined ? headingLevel(line) : 0;
    if (level > 0) sections.push({ level, heading: headingText(line), head: [line], body: [] });
    else sections.at(-1)?.body.push(line);
  }
  return sections;
}

/** The text of sections; the opposite of `parseMarkdown`. */
export function renderMarkdown(sections: readonly Section[]): string {
  return sections.flatMap(({ head, body }) => [...head, ...body]).join('\n');
}

/** A section made of text: a blank line before and after its body. */
export function newSection(level: number, heading: string, body: readonly string[]): Section {
  return { level, heading, head: [`${'#'.repeat(level)} ${heading}`], body: ['', ...body, ''] };
}

/** The index of the section whose heading says `name`: the same words, or all of the words of `name`; -1 if there is none. */
export function findSection(sections: readonly Section[], name: string): number {
  const wanted = keyOf(name);
  if (wanted === '') return -1;
  const same = sections.findIndex((section) => keyOf(section.heading) === wanted);
  if (same >= 0) return same;
  const words = contentStems(name);
  if (words.length === 0) return -1;
  return sections.findIndex(({ heading }) => {
    const own = new Set(contentStems(heading));
    return words.every((key) => own.has(key));
  });
}

/** The index after the last section that belongs to the one at `index`, subsections included. */
export function endOfSection(sections: readonly Section[], index: number): number {
  const level = sections[index]?.level ?? 0;
  let end = index + 1;
  while (end < sections.length && (sections[end]?.level ?? 0) > level) end += 1;
  return end;
}

/** The first level 1 heading, else a heading that opens the text, else undefined. */
export function titleOf(text: string): string | undefined {
  const [preamble, first, ...rest] = parseMarkdown(text);
  const opens = preamble?.body.every((line) => line.trim() === '') === true && first?.heading !== '';
  const main = [...(first ? [first] : []), ...rest].find(({ level, heading }) => level === 1 && heading !== '');
  return main?.heading ?? (opens ? first?.heading : undefined);
}

/** The sections below the title, without the title itself when it is the only level 1 heading. */
export function contentSections(text: string): Section[] {
  const headed = parseMarkdown(text).filter(({ level, heading }) => level > 0 && heading !== '');
  const single = headed.filter(({ level }) => level === 1).length === 1;
  return headed.filter(({ level }) => !(single && level === 1));
}

function headingLevel(line: string): number {
  return /^ {0,3}(#{1,6})(?:[ \t\r]|$)/u.exec(line)?.[1]?.length ?? 0;
}

function headingText(line: string): string {
  const text = line.trim().replace(/^#+/u, '').trim();
  // By hand: a pattern for the optional closing marks would be quadratic on a long run of them.
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === '#') end -= 1;
  return withoutMarkup((text.charAt(end - 1) === ' ' || end === 0 ? text.slice(0, end) : text).trim());
}

function keyOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
