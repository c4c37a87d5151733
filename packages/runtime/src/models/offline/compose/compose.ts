import { bounded, clipped } from '../text/bounded.ts';
import { lowerFirst, sentenceCase, titleCase } from '../text/letter-case.ts';
import { closed } from '../text/sentences.ts';
import { keySentences } from '../text/summary.ts';
import { contentStems } from '../text/words.ts';
import { type Brief, readBrief } from './brief.ts';
import type { Filling } from './kinds.ts';
import { withoutArticle } from './phrases.ts';

const longestTitle = 90;
const mostSources = 5;

/**
 * A new Markdown document from an instruction and the texts that came with it. What neither of them says is left as a placeholder in
 * italics; nothing is made up.
 */
export function composeDocument(instruction: string, sources: readonly string[]): string {
  const brief = readBrief(instruction);
  const material = [...brief.facts, ...quotesFrom(sources, brief.topic)];
  const sections = brief.sections.length > 0 ? dictatedSections(brief, material) : usualSections(brief, material);
  const parts = [`# ${titleFor(brief)}`, ...greeting(brief), opening(brief), ...sections, ...farewell(brief)];
  return `${parts.join('\n\n')}\n`;
}

function titleFor(brief: Brief): string {
  const title = brief.title || usualTitle(brief);
  return /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(title) ? title : 'Untitled';
}

function usualTitle({ kind, label, topic }: Brief): string {
  const about = titleCase(clipped(sentenceCase(withoutArticle(topic)), longestTitle));
  const plain = kind.title === 'topic' && kind.names.includes(label.toLowerCase());
  return plain && about !== '' ? about : [titleCase(label), about].filter((part) => part !== '').join(': ');
}

function opening({ kind, label, topic, isStatement, audience, facts }: Brief): string {
  const name = label || 'draft';
  const reader = audience === '' ? '' : ` for ${audience}`;
  const plural = /(?:notes|minutes|instructions|requirements)$/iu.test(name);
  const subject = `${plural ? 'These' : 'This'} ${lowerFirst(name)}`;
  const verb = plural ? ['are', 'cover'] : ['is', 'covers'];
  const said = `${kind.letter === true ? 'I am writing to say' : `${subject}${reader} ${plural ? 'say' : 'says'}`} that ${lowerFirst(topic)}`;
  if (topic !== '' && isStatement) return closed(said);
  if (topic !== '')
    return closed(kind.letter === true ? `I am writing about ${lowerFirst(topic)}` : `${subject}${reader} ${verb[1]} ${lowerFirst(topic)}`);
  if (kind.letter !== true && audience !== '') return closed(`${subject} ${verb[0]}${reader}`);
  return facts.length > 0 ? `${subject} ${verb[1]} the points below.` : `_To be filled in: what this ${lowerFirst(name)} is about._`;
}

function greeting({ kind, audience }: Brief): string[] {
  if (kind.letter !== true) return [];
  return [audience === '' ? 'Hello,' : `Dear ${audience.replace(/^(?:the|our|all|my) /iu, '')},`];
}

function farewell({ kind }: Brief): string[] {
  return kind.letter === true ? ['Kind regards,', '_To be filled in: the sender’s name._'] : [];
}

function usualSections(brief: Brief, material: string[]): string[] {
  return brief.kind.sections.map(
    ({ heading, filling, hint }) => `## ${heading}\n\n${fill(filling, brief.points, material) || placeholder(hint)}`,
  );
}

function dictatedSections(brief: Brief, material: string[]): string[] {
  const lines = [...brief.points, ...material];
  return brief.sections.map((heading) => {
    const words = new Set(contentStems(heading));
    const related = lines.filter((line) => contentStems(line).some((key) => words.has(key)));
    return `## ${heading}\n\n${bullets(related) || '_To be filled in._'}`;
  });
}

function fill(filling: Filling, points: readonly string[], material: readonly string[]): string {
  if (filling === 'points') return bullets(points);
  if (filling === 'material') return bullets(material);
  return filling === 'steps' && points.length > 1 ? points.map((point, index) => `${index + 1}. ${point}`).join('\n') : '';
}

function quotesFrom(sources: readonly string[], topic: string): string[] {
  const each = sources.length > 1 ? 3 : 5;
  return [...new Set(sources.slice(0, mostSources).flatMap((source) => keySentences(bounded(source), { sentences: each, about: topic })))];
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function placeholder(hint: string): string {
  return `_To be filled in: ${hint}._`;
}
