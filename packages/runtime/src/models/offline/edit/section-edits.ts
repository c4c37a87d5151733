import { sentenceCase, titleCase } from '../text/letter-case.ts';
import { endOfSection, findSection, newSection, parseMarkdown, renderMarkdown, type Section } from '../text/markdown.ts';

/** A document after an edit; undefined if the edit found nothing to act on. */
export type Edited = string | undefined;

/** Changes the title: the first level 1 heading, or a new one at the top. */
export function setTitle(document: string, title: string): Edited {
  if (title === '') return undefined;
  const sections = parseMarkdown(document);
  const index = sections.findIndex(({ level }) => level === 1);
  if (index < 0) return `# ${title}\n\n${document}`;
  return renderMarkdown(replaced(sections, index, (section) => ({ ...section, head: [`# ${title}`] })));
}

/** Changes one heading and keeps its level. */
export function renameSection(document: string, name: string, heading: string): Edited {
  const sections = parseMarkdown(document);
  const index = findSection(sections, name);
  if (index < 0 || heading === '') return undefined;
  return renderMarkdown(replaced(sections, index, (section) => ({ ...section, head: [`${'#'.repeat(section.level)} ${heading}`] })));
}

/** Adds a section at the end, or before or after the section `place.beside` if it exists. */
export function addSection(
  document: string,
  heading: string,
  place: { body: readonly string[]; beside?: string; before?: boolean },
): Edited {
  if (heading === '') return undefined;
  const sections = parseMarkdown(document.endsWith('\n') ? document : `${document}\n`);
  const beside = findSection(sections, place.beside ?? '');
  const fallback = sections.length;
  const at = beside < 0 ? fallback : place.before === true ? beside : endOfSection(sections, beside);
  const level = Math.max(sections[beside]?.level ?? 2, 2);
  const title = /\p{Lu}/u.test(heading) ? heading : usesTitleCase(sections) ? titleCase(heading) : sentenceCase(heading);
  return tidyEnd(renderMarkdown(spaced(sections.toSpliced(at, 0, newSection(level, title, place.body)), at)));
}

/** Removes a section with its subsections; the title’s section loses nothing but is refused. */
export function removeSection(document: string, name: string): Edited {
  const sections = parseMarkdown(document);
  const index = findSection(sections, name);
  if (index < 0 || sections[index]?.level === 1) return undefined;
  return renderMarkdown(sections.toSpliced(index, endOfSection(sections, index) - index));
}

/** Moves a section with its subsections before or after another one, or to the end. */
export function moveSection(document: string, name: string, place: { beside?: string; before: boolean }): Edited {
  const sections = parseMarkdown(document.endsWith('\n') ? document : `${document}\n`);
  const from = findSection(sections, name);
  if (from < 0 || sections[from]?.level === 1) return undefined;
  const moved = sections.slice(from, endOfSection(sections, from));
  const rest = sections.toSpliced(from, moved.length);
  const beside = place.beside === undefined ? -1 : findSection(rest, place.beside);
  if (place.beside !== undefined && beside < 0) return undefined;
  const first = rest.findIndex(({ level }) => level > 1);
  const edge = place.before ? (first < 0 ? rest.length : first) : rest.length;
  const at = beside < 0 ? edge : place.before ? beside : endOfSection(rest, beside);
  return tidyEnd(renderMarkdown(spaced(spaced(rest.toSpliced(at, 0, ...moved), at), at + moved.length)));
}

/** Adds lines to the end of a section’s own text: list items join a list that ends it. Without a name, to the last section. */
export function appendLines(document: string, lines: readonly string[], name?: string): Edited {
  const sections = parseMarkdown(document);
  const index = name === undefined ? sections.length - 1 : findSection(sections, name);
  if (index < 0 || lines.length === 0) return undefined;
  return tidyEnd(renderMarkdown(replaced(sections, index, (section) => ({ ...section, body: grown(section.body, lines) }))));
}

function grown(given: readonly string[], lines: readonly string[]): string[] {
  // The placeholder has done its work once something stands in its place.
  const body = isPlaceholder(given.join('\n').trim()) ? [''] : given;
  const end = body.findLastIndex((line) => line.trim() !== '') + 1;
  const last = body[end - 1] ?? '';
  const numbered = /^\s*(\d{1,8})[.)] /u.exec(last)?.[1];
  const isList = (line: string) => /^\s*(?:[-*+]|\d{1,9}[.)]) /u.test(line);
  const fitting = numbered === undefined ? lines : lines.map((line, index) => line.replace(/^- /u, `${Number(numbered) + 1 + index}. `));
  const gap = end === 0 || !(isList(last) && lines.every(isList)) ? [''] : [];
  return [...body.slice(0, end), ...gap, ...fitting, ''];
}

function isPlaceholder(text: string): boolean {
  return text.startsWith('_To be filled in') && text.endsWith('_') && !text.includes('\n');
}

function replaced(sections: Section[], index: number, change: (section: Section) => Section): Section[] {
  return sections.map((section, at) => (at === index ? change(section) : section));
}

/** Makes sure that a blank line stands between the section at `at` and the one before it. */
function spaced(sections: Section[], at: number): Section[] {
  const previous = sections[at - 1];
  if (previous === undefined || at >= sections.length) return sections;
  const lines = [...previous.head, ...previous.body];
  if (lines.length === 0 || lines.at(-1)?.trim() === '') return sections;
  return replaced(sections, at - 1, (section) => ({ ...section, body: [...section.body, ''] }));
}

function usesTitleCase(sections: readonly Section[]): boolean {
  const long = sections.filter(({ level, heading }) => level > 1 && heading.includes(' '));
  return long.length > 0 && long.every(({ heading }) => titleCase(heading) === heading);
}

/** One line end at the end; a document’s other blank lines are its own. */
function tidyEnd(text: string): string {
  return `${text.trimEnd()}\n`;
}
