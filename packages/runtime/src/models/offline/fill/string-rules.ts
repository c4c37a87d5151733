import { clipped } from '../text/bounded.ts';
import { keywordsOf } from '../text/keywords.ts';
import { contentSections } from '../text/markdown.ts';
import { closed } from '../text/sentences.ts';
import { slug } from '../text/slug.ts';
import { keySentences, relatedSentences, summarise } from '../text/summary.ts';
import { found } from './extract.ts';
import { briefOf, type Scene } from './scene.ts';
import { toneOf } from './tone-measure.ts';

/** One rule for text: the property names (singular or plural) it claims and the text it makes. */
export interface StringRule {
  names: readonly string[];
  make(scene: Scene): string;
}

/** The property names that stand for the document itself. */
export const documentNames: readonly string[] = 'content body markdown document draft text article output result revised'.split(' ');

/** Tried in order; README.md shows the same table. */
export const stringRules: readonly StringRule[] = [
  {
    names: ['filename', 'file_name', 'filepath', 'file_path', 'path', 'file'],
    make: ({ material, subject }) => material.path ?? `${slug(subject.title)}.md`,
  },
  { names: ['slug', 'id', 'key', 'identifier'], make: ({ subject }) => slug(subject.title) },
  { names: ['title', 'heading', 'headline', 'name', 'caption'], make: ({ subject }) => subject.title },
  { names: ['summary', 'abstract', 'overview', 'description', 'synopsis', 'tldr'], make: summaryOf },
  { names: documentNames, make: ({ subject }) => subject.markdown },
  { names: ['keyword', 'tag', 'keyphrase'], make: ({ subject }) => keywordsOf(subject.markdown).join(', ') },
  {
    names: ['section', 'outline', 'headings'],
    make: ({ subject }) =>
      contentSections(subject.markdown)
        .map(({ heading }) => heading)
        .join(', '),
  },
  { names: ['tone', 'style', 'voice', 'register'], make: ({ subject }) => toneOf(subject.markdown) },
  {
    names: ['instruction', 'request', 'prompt', 'query', 'goal', 'task'],
    make: ({ material, subject }) => material.instruction || subject.title,
  },
  { names: ['answer', 'response', 'reply', 'message'], make: answerOf },
  { names: ['reason', 'rationale', 'reasoning', 'explanation', 'justification', 'why'], make: reasonOf },
  { names: ['topic', 'subject', 'theme'], make: (scene) => briefOf(scene).topic || scene.subject.title },
  { names: ['audience', 'reader', 'recipient'], make: (scene) => briefOf(scene).audience },
  { names: ['kind', 'format', 'genre'], make: (scene) => briefOf(scene).label },
  { names: ['language', 'locale', 'lang'], make: ({ subject }) => found.language(subject.markdown) },
  { names: ['url', 'link', 'uri', 'website'], make: ({ subject }) => found.urls(subject.markdown)[0] ?? '' },
  { names: ['email', 'mail'], make: ({ subject }) => found.emails(subject.markdown)[0] ?? '' },
  { names: ['date', 'day', 'deadline'], make: ({ subject }) => found.dates(subject.markdown)[0] ?? '' },
];

/** For names that no rule claims: the sentence of the subject nearest to the name and description of the property. */
export function nearestSentence({ subject, material }: Scene, about: string): string {
  return keySentences(subject.markdown, { sentences: 1, about })[0] ?? (subject.title || clipped(material.instruction, 200));
}

function summaryOf({ subject }: Scene): string {
  return summarise(subject.markdown, { about: subject.title }) || subject.title;
}

function answerOf({ material, subject }: Scene): string {
  return relatedSentences(subject.markdown, material.instruction).map(closed).join(' ') || summarise(subject.markdown, { sentences: 2 });
}

function reasonOf({ material, subject }: Scene): string {
  const text = clipped(material.instruction || subject.title, 160);
  return text === '' ? 'By rule: there was no text to judge by.' : `By rule, from the words of “${text}”.`;
}
