import { analysedLength } from '../text/bounded.ts';
import { findSection, parseMarkdown, renderMarkdown, type Section } from '../text/markdown.ts';
import { splitSentences } from '../text/sentences.ts';
import { summarise } from '../text/summary.ts';
import type { Edited } from './section-edits.ts';

const longList = 4;
const mostSentences = 500;

/** A shorter document with the same headings: paragraphs keep half of their sentences, lists of more than four items the first four. */
export function shortenDocument(document: string): string {
  return renderMarkdown(parseMarkdown(document).map(shortenSection));
}

/** The document with one section shortened; undefined if there is no such section. */
export function shortenNamed(document: string, name: string): Edited {
  const sections = parseMarkdown(document);
  const index = findSection(sections, name);
  return index < 0 ? undefined : renderMarkdown(sections.map((section, at) => (at === index ? shortenSection(section) : section)));
}

/** What cannot be shortened with care stays: code, tables, and sections too long to be analysed. */
function shortenSection(section: Section): Section {
  if (section.body.join('\n').length > analysedLength || section.body.some((line) => /^\s*(?:```|~~~|\|)/u.test(line))) return section;
  const body: string[] = [];
  let block: string[] = [];
  for (const line of section.body) {
    if (line.trim() !== '') block.push(line);
    else {
      body.push(...shortenBlock(block), line);
      block = [];
    }
  }
  return { ...section, body: [...body, ...shortenBlock(block)] };
}

function shortenBlock(lines: string[]): string[] {
  const items = lines.filter((line) => /^(?:[-*+]|\d{1,9}[.)]) /u.test(line));
  if (items.length === lines.length) return items.slice(0, longList);
  if (items.length > 0 || /^\s*[>#_<[]/u.test(lines[0] ?? '')) return lines;
  const text = lines.join(' ');
  const count = splitSentences(text).length;
  return count < 2 || count > mostSentences ? lines : [summarise(text, { sentences: Math.floor(count / 2) })];
}
