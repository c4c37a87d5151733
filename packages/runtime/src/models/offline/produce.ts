import { composeDocument } from './compose/compose.ts';
import { editDocument, understands } from './edit/edit.ts';
import { withTone } from './edit/tone.ts';
import type { Material } from './reading/material.ts';
import type { Intent } from './reading/verb-table.ts';
import { intentOf } from './reading/verbs.ts';
import { keywordsOf } from './text/keywords.ts';
import { contentSections, titleOf } from './text/markdown.ts';
import { closed, splitSentences } from './text/sentences.ts';
import { keySentences, relatedSentences, summarise } from './text/summary.ts';

/** The text that a request asks for: a new document, an edited one, or what was to be drawn from the given text. */
export function producedText(material: Material): string {
  const { instruction, sources } = material;
  const text = material.document ?? (sources.length > 0 ? sources.join('\n\n') : undefined);
  const intent = intentOf(instruction) ?? (text === undefined ? undefined : promptIntent(material.system));
  if (text === undefined) return composed(instruction, []);
  if (intent === 'create') return composed(instruction, material.document === undefined ? sources : [material.document, ...sources]);
  if (intent === 'edit' && instruction !== '') return editDocument(material.document ?? sources[0] ?? text, instruction, material.path);
  if (intent !== undefined && intent !== 'edit') return drawn(intent, text);
  return instruction === '' ? text : withoutVerb(material, text);
}

/** An instruction that names no known task: an edit if the editing rules know it, else the sentences nearest to it. */
function withoutVerb({ document, instruction, path }: Material, text: string): string {
  if (document !== undefined && understands(document, instruction, path)) return editDocument(document, instruction, path);
  return relatedSentences(text, instruction, 3).map(closed).join(' ') || summarise(text);
}

function drawn(intent: Exclude<Intent, 'create' | 'edit'>, text: string): string {
  const drawing = {
    summarise: () => summarise(text),
    keywords: () => keywordsOf(text).join(', '),
    title: () => titleOf(text) ?? keySentences(text, { sentences: 1 }).join(''),
    outline: () => outlined(text),
  } as const;
  return drawing[intent]() || text;
}

function outlined(text: string): string {
  const headings = contentSections(text).map(({ level, heading }) => `${'  '.repeat(Math.max(level - 2, 0))}- ${heading}`);
  return (headings.length > 0 ? headings : keySentences(text, { sentences: 6 }).map((sentence) => `- ${sentence}`)).join('\n');
}

function composed(instruction: string, sources: readonly string[]): string {
  const document = composeDocument(instruction, sources);
  const asked = /\b(?:formal|friendly)\b/iu.exec(instruction.slice(0, 2_000))?.[0]?.toLowerCase();
  return asked === 'formal' || asked === 'friendly' ? withTone(document, asked) : document;
}

/** The first task that the agent’s prompt names. */
function promptIntent(system: string): Intent | undefined {
  return splitSentences(system.slice(0, 4_000).replace(/\s+/gu, ' '))
    .map(intentOf)
    .find((intent) => intent !== undefined);
}
